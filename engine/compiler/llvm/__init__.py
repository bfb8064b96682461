"""A program as machine code.

`writer`     the text of straight-line code, for a number of lanes
`drivers`    the loops around it
`assembler`  a whole program as LLVM's text
`machine`    that text as code of this process
`loops`      the loops of a tape, one for each operation and direction
`player`     the loop around them
`library`    both for the rows of the table, in the memory of this process
`kept`       object code in the user's cache folder
"""
