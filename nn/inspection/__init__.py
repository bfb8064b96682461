"""Looking into a network: what is wrong with it, and how far its signals get."""
