"""The REST doors of the ground: leads, companies, activities, handovers. Each reads, calls one flow and answers."""
