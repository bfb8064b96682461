"""The chain rule in words.

`explanation`  `explain`: one derivative, and how it shows itself
`facts`        its numbers, without a word; `paths`, along which it arrives
`wording`      what its nodes are called, and what they were made of
`excerpt`      what of a large graph is told
`equations`    the chain rule in equations
`account`      the whole, paragraph by paragraph
`formula`      the number that prints, `notation` how it is written
`prose`        plain text for a terminal, Markdown and LaTeX for a notebook
"""
