"""Addresses of the reports under /api/v1/."""

from django.urls import path

from reports.api import deals, feedback, icp, reports, sequences

app_name = "reports_api"
urlpatterns = [
    path("reports/funnel/", reports.FunnelReport.as_view(), name="funnel"),
    path("reports/sources/", reports.SourcesReport.as_view(), name="sources"),
    path("reports/regions/", reports.RegionsReport.as_view(), name="regions"),
    path("reports/velocity/", reports.VelocityReport.as_view(), name="velocity"),
    path("reports/feedback/", feedback.FeedbackReport.as_view(), name="feedback"),
    path("reports/icp/", icp.IcpReportDoor.as_view(), name="icp"),
    path("reports/deals/", deals.DealsReport.as_view(), name="deals"),
    path("reports/sequences/", sequences.SequencesReport.as_view(), name="sequences"),
]
