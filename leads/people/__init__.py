"""Who the lead is: capture, identity, editing, archive."""
