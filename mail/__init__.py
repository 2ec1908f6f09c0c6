"""How messages leave and come back."""
