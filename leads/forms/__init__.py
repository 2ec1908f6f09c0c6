"""The forms of the pages: they check with the same functions as the API and explain beside the field."""
