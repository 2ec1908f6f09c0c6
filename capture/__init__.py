"""Facts in: imports, forms and source adapters."""
