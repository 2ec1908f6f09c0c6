"""The one language of conditions: everything that selects leads uses it.

A tree is JSON: {"all": [...]}, {"any": [...]}, {"not": ...} or a leaf {"leaf": "activity", ...}. `tree` validates,
`plan` compiles to SQL over sets of leads, `tree.words` says it in a sentence. Apps above register leaf kinds of their own.
"""
