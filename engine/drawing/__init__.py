"""A computation graph as a picture.

`drawing`    `draw`, and the picture that it returns
`folding`    which Values share a box
`marks`      what is wrong, to be marked where it is
`diagram`    boxes, edges, frames and the legend, in the DOT language
`colors`     the sign and size of a gradient as a colour
`rendering`  Graphviz
"""
