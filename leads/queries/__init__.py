"""What the pages read: querysets and rows shaped for one page each. Nothing here writes."""
