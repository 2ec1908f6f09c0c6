"""Every address of the house. All need a sign-in but those named in tests/test_access_matrix.py as public."""

from django.contrib import admin
from django.urls import include, path

from leadcrm import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("settings/", admin.site.urls),
    path("accounts/", include("allauth.account.urls")),
]
