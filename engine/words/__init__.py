"""What every view says alike: `steps` goes through the passes, `digits` says where = stands."""
