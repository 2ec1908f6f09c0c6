"""The WSGI door."""

import os

from django.core.wsgi import get_wsgi_application

from leadcrm.services.lifeline import die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadcrm.settings")
if os.environ.get("LEADCRM_SUPERVISED"):
    die_with_parent()  # the web server's worker ends with its main process, even where that is killed
application = get_wsgi_application()
