"""The pages of sequences: what is sent to whom, and what it brought."""
