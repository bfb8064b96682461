"""The flat program for a page: a table of instructions, and the machine in JavaScript that runs it.

`instructions`   a recorded graph, or a rule on numbers, as a table that JSON can carry
`scripts`        modules of JavaScript, for a page in which they cannot import each other
`machine.js`     runs a table: values, local derivatives, adjoints
`functions.js`   what an instruction means that is no function of JavaScript
"""
