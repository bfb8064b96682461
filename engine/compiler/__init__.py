"""Recorded graphs at the speed of the machine: the rules run on registers, several rows abreast.

`register`   the number that writes down instructions
`lowering`   a graph, run on registers: the program
`schedule`   the order of its steps, in pieces
`llvm`       machine code of it
`tape`       the graph node by node, for loops that exist already
`listing`    straight-line code that stands alone, in a language of `dialects`
`page`       a table of instructions, and the machine of JavaScript that runs it
`kernels`    what runs a program over rows
`compiled`   `compile`, and what it returns
`rows`       rows of numbers, however they come, as one block
`updates`    a rule on numbers over flat buffers, element by element
`forks`      what a forked child must not inherit
"""
