"""Addresses of the report pages."""

from django.urls import path

from reports import views

app_name = "reports"
urlpatterns = [
    path("reports/", views.home, name="home"),
    path("reports/funnel/", views.funnel_page, name="funnel"),
    path("reports/sources/", views.sources_page, name="sources"),
]
