"""A computation graph as a picture.

`drawing`    `draw`, and the picture that it returns
`sharing`    which Values share a box; `repeats` which boxes are steps of a block
`folding`    boxes, links and frames that come of it; `estimate` how large they become
`facts`      what a neuron or a layer tells; `cells` maps and bars
`marks`      what is wrong, to be marked where it is
`diagram`    boxes, edges, frames and the legend, in the DOT language
`colors`     the sign and size of a gradient as a colour
`rendering`  Graphviz; `labels` where the number of an edge stands
"""
