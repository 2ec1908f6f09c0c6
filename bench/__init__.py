"""Measurements beside yardsticks: `python -m bench`, with SIZE=S|M|L and ONLY=P4,P5."""
