"""Every address of the house. All need a sign-in but those named in tests/test_access_matrix.py as public."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("settings/", admin.site.urls),
    path("accounts/", include("allauth.account.urls")),
]
