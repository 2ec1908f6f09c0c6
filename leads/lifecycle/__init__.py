"""Where a lead stands: one way to move a stage, one journal."""
