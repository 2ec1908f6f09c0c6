"""One server for both sides of P1: our application, and the yardstick's view without any middleware."""

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"

from django.core.handlers.wsgi import WSGIHandler
from django.test.utils import override_settings

from leadcrm.wsgi import application as ours

with override_settings(MIDDLEWARE=[]):
    bare = WSGIHandler()


def application(environ, start_response):
    """Send each request to its side."""
    side = bare if environ["PATH_INFO"].startswith("/bench/") else ours
    return side(environ, start_response)
