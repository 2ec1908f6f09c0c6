"""Questions to the sequences."""
