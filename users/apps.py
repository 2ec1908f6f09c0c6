from django.apps import AppConfig


class UsersConfig(AppConfig):
    """Who works here: users, teams, roles, tokens, organisation settings."""

    name = "users"
