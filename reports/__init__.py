"""The roof: reads everything, writes nothing below."""
