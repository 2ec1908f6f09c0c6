"""The one language of conditions: everything that selects leads uses it.

A tree is JSON: {"all": [...]}, {"any": [...]}, {"not": ...} or a leaf {"leaf": "activity", ...}. `tree` validates
and words, `plan` compiles to SQL over sets of leads. Apps above register leaf kinds of their own.
"""
