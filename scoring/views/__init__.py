"""The pages of scoring: models, versions, rules, and why a lead has its score."""
