"""The REST doors of the reports."""
