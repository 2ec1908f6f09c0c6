"""Addresses of the ground under /api/v1/."""

from django.urls import path

from leads.api import activities, companies, handovers, leads, opportunities, steps, timeline

app_name = "leads_api"
urlpatterns = [
    path("leads/", leads.LeadList.as_view(), name="leads"),
    path("leads/<int:lead_id>/", leads.LeadDetail.as_view(), name="lead"),
    path("leads/<int:lead_id>/timeline/", timeline.Timeline.as_view(), name="lead_timeline"),
    path("leads/<int:lead_id>/moves/", steps.Moves.as_view(), name="lead_moves"),
    path("leads/<int:lead_id>/bant/", steps.Bant.as_view(), name="lead_bant"),
    path("leads/<int:lead_id>/consents/", steps.Consents.as_view(), name="lead_consents"),
    path("leads/<int:lead_id>/proof/", steps.Proofs.as_view(), name="lead_proof"),
    path("leads/<int:lead_id>/won/", steps.Won.as_view(), name="lead_won"),
    path("leads/<int:lead_id>/lost/", steps.Lost.as_view(), name="lead_lost"),
    path("activities/", activities.ActivityList.as_view(), name="activities"),
    path("companies/", companies.CompanyList.as_view(), name="companies"),
    path("companies/<int:company_id>/", companies.CompanyDetail.as_view(), name="company"),
    path("opportunities/", opportunities.OpportunityList.as_view(), name="opportunities"),
    path("opportunities/<int:opportunity_id>/", opportunities.OpportunityDetail.as_view(), name="opportunity"),
    path("handovers/", handovers.HandoverList.as_view(), name="handovers"),
    path("handovers/<int:handover_id>/", handovers.HandoverDetail.as_view(), name="handover"),
    path("handovers/<int:handover_id>/accept/", handovers.Accept.as_view(), name="handover_accept"),
    path("handovers/<int:handover_id>/reject/", handovers.Reject.as_view(), name="handover_reject"),
    path("handovers/<int:handover_id>/return/", handovers.Return.as_view(), name="handover_return"),
    path("handovers/<int:handover_id>/undo/", handovers.Undo.as_view(), name="handover_undo"),
    path("handovers/<int:handover_id>/claim/", handovers.Claim.as_view(), name="handover_claim"),
    path("handovers/<int:handover_id>/release/", handovers.Release.as_view(), name="handover_release"),
    path("handovers/<int:handover_id>/assign/", handovers.Assign.as_view(), name="handover_assign"),
    path("handovers/<int:handover_id>/duplicate/", handovers.Duplicate.as_view(), name="handover_duplicate"),
    path("handovers/<int:handover_id>/snooze/", handovers.Snooze.as_view(), name="handover_snooze"),
    path("handovers/<int:handover_id>/unsnooze/", handovers.Unsnooze.as_view(), name="handover_unsnooze"),
]
