"""Addresses of scoring under /api/v1/."""

from django.urls import path

from scoring.api import LeadExplanation

app_name = "scoring_api"
urlpatterns = [path("leads/<int:lead_id>/explanation/", LeadExplanation.as_view(), name="lead_explanation")]
