"""What every view says alike: `naming` calls Values by name, `stepping` goes through the passes."""
