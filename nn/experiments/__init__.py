"""Many trainings at once: variants compared, learning rates tried, settings swept."""
