"""Addresses of the report pages."""

from django.urls import path

from reports.views import feedback, funnel

app_name = "reports"
urlpatterns = [
    path("reports/", funnel.home, name="home"),
    path("reports/funnel/", funnel.funnel_page, name="funnel"),
    path("reports/sources/", funnel.sources_page, name="sources"),
    path("reports/feedback/", feedback.feedback_page, name="feedback"),
]
