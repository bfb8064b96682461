"""The chain rule in words.

`explanation`  `explain`: the facts of one derivative
`paths`        the paths along which it arrives
`formula`      the number that prints, `notation` how it is written
`prose`        plain text for a terminal, Markdown and LaTeX for a notebook
"""
