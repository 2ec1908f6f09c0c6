"""Words of report pages."""
