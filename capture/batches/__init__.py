"""Imports by page, step by step: the same engine as the commands, taken up again wherever it stopped."""
