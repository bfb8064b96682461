"""Where what is wrong with a network begins: one table for the pictures and for the diagnosis.

A mark in a drawing and a finding of `nn.diagnose` use the same words, and mean this by them.
Outside of which results a unit is saturated, and whether it can die, the row of its operation says.
"""

VANISHING_BELOW = 1e-3
"""A gradient vanishes in a hidden layer where the root mean square of ∂L/∂z is less than this times
that of the last hidden layer; a single one is tiny if it is so beside the median of its kind."""

EXPLODING_ABOVE = 1e3
"""It explodes where it is more than so many times that; a single one is huge likewise."""

SATURATED_SHARE = 0.5
"""A layer is saturated from this share of its activations on."""

DEAD_SHARE = 0.4
"""A layer has died from this share of dead units on, which pass nothing on for any row; a healthy
relu network of 10 layers with He's initialization has up to a quarter of them in a layer."""
