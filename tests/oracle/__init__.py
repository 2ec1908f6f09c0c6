"""The oracle: slow, obvious evaluators over exported facts, to compare the product's SQL with.

It knows the documents' rules (R3-R5, R50-R54, the leaves' docstrings), the JSON of trees and models, and plain rows
exported by `facts.export`. It shares no code with what it judges.
"""
