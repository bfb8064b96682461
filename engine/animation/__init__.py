"""The two passes of a graph as a film.

`animation`  `animate`, and the film that it returns
`script`     what happens at each step, and how each box looks after it
`stage`      the pictures that Graphviz makes, and where everything stands in them
"""
