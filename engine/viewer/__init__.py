"""One page to step through the two passes of a graph: `viewer` puts it together."""
