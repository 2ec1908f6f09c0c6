"""What comes in and goes out, by step of the line. Unknown fields are refused, types are taken at their word."""
