"""Wiring and what spans the whole house."""

from leadcrm.celery import app as celery_app

__all__ = ["celery_app"]
