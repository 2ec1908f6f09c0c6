"""What reports read: raw, parameterised statements over the journal. Nothing here writes."""
