"""Models that leave this process: as files of ours, and for other libraries."""
