"""What every view says alike: `steps` goes through the two passes."""
