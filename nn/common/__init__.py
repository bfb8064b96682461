"""What all the rooms share: checks, rows, tables of text, and what a model is."""
