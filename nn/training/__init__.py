"""Training: the loop, the two ways through a model, and what is kept of it."""
