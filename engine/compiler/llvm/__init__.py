"""A program as machine code.

`writer`     the text of straight-line code, for a number of lanes
`drivers`    the loops around it
`assembler`  a whole program as LLVM's text
`machine`    that text as code of this process
"""
