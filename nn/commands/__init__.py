"""What `python -m nn` can do, a module for each command; `options` is what they share."""
