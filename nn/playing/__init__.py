"""A network in the hand: one page on which it trains, with no server and no network.

`page`          `nn.playground`, and the page that it gives
`recording`     what travels with the page: tables of instructions, initial weights, rows
`training.js`   a network that trains, by tables of instructions
`findings.js`   what is wrong with it, as `diagnose` says it
`charts.js`     the loss curve, and how a layer's numbers are spread
`pictures.js`   what is painted of it
`words.js`      a neuron, a row and the chain rule of a weight, with their numbers
`controls.js`   the page's buttons, and the clock
"""
