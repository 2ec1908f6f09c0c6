"""Who works here: users, teams, roles, tokens, organisation settings."""
