"""A network in the hand: one page on which it trains, with no server and no network.

`page`          `nn.playground`, and the page that it gives
`recording`     what travels with the page: tables of instructions, initial weights, rows
`training.js`   a network that trains, by tables of instructions
`pictures.js`   what is painted of it
`controls.js`   the page's buttons, and the clock
"""
