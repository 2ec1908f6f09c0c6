"""The demo: a fictional company's year, driven through the same flows as real leads."""
