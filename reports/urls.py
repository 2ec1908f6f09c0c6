"""Addresses of the report pages."""

from django.urls import path

from reports.views import deals, digest, feedback, funnel, icp

app_name = "reports"
urlpatterns = [
    path("reports/", funnel.home, name="home"),
    path("reports/funnel/", funnel.funnel_page, name="funnel"),
    path("reports/deals/", deals.deals_page, name="deals"),
    path("reports/sources/", funnel.sources_page, name="sources"),
    path("reports/digest/", digest.digest_page, name="digest"),
    path("reports/digest/wish/", digest.digest_wish, name="digest_wish"),
    path("reports/digest/<str:week>/mail/", digest.digest_frame, name="digest_frame"),
    path("reports/icp/", icp.icp_page, name="icp"),
    path("reports/feedback/", feedback.feedback_page, name="feedback"),
]
