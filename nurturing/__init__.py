"""What we send: sequences."""
