"""The addresses of leads, companies, the inbox and the criteria."""

from django.urls import path

from leads.views import acts, companies, contact, criteria, inbox, lead, leads, people, scripts, undo

app_name = "leads"
MARKETING, SALES = {"realm": "marketing"}, {"realm": "sales"}
urlpatterns = [
    path("leads/", leads.lead_list, name="lead_list"),
    path("leads/new/", people.lead_add, name="lead_add"),
    path("leads/<int:pk>/", lead.lead_detail, name="lead_detail"),
    path("leads/<int:pk>/timeline/", lead.lead_timeline, name="lead_timeline"),
    path("leads/<int:pk>/edit/", people.lead_edit, name="lead_edit"),
    path("leads/<int:pk>/note/", acts.LogNote.as_view(), name="lead_note"),
    path("leads/<int:pk>/call/", acts.LogCall.as_view(), name="lead_call"),
    path("leads/<int:pk>/bant/marketing/", acts.AssessBant.as_view(), MARKETING, name="lead_bant_marketing"),
    path("leads/<int:pk>/bant/sales/", acts.AssessBant.as_view(), SALES, name="lead_bant_sales"),
    path("leads/<int:pk>/consent/", acts.RecordConsent.as_view(), name="lead_consent"),
    path("leads/<int:pk>/suppress/", contact.lead_suppress, name="lead_suppress"),
    path("leads/<int:pk>/lift/", contact.lead_lift, name="lead_lift"),
    path("leads/<int:pk>/qualify/", acts.Qualify.as_view(), name="lead_qualify"),
    path("leads/<int:pk>/proof/", acts.RecordProof.as_view(), name="lead_proof"),
    path("leads/<int:pk>/won/", acts.CloseWon.as_view(), name="lead_won"),
    path("leads/<int:pk>/lost/", acts.CloseLost.as_view(), name="lead_lost"),
    path("leads/<int:pk>/move/", acts.MoveByHand.as_view(), name="lead_move"),
    path("leads/<int:pk>/archive/", undo.lead_archive, name="lead_archive"),
    path("leads/<int:pk>/restore/", undo.lead_restore, name="lead_restore"),
    path("moves/<int:pk>/undo/", undo.move_undo, name="move_undo"),
    path("inbox/", inbox.inbox, name="inbox"),
    path("handovers/<int:pk>/accept/", inbox.Accept.as_view(), name="handover_accept"),
    path("handovers/<int:pk>/reject/", inbox.Reject.as_view(), name="handover_reject"),
    path("handovers/<int:pk>/return/", inbox.Return.as_view(), name="handover_return"),
    path("handovers/<int:pk>/undo/", inbox.handover_undo, name="handover_undo"),
    path("companies/", companies.company_list, name="company_list"),
    path("companies/new/", companies.company_add, name="company_add"),
    path("companies/<int:pk>/", companies.company_detail, name="company_detail"),
    path("companies/<int:pk>/edit/", companies.company_edit, name="company_edit"),
    path("companies/<int:pk>/archive/", companies.company_archive, name="company_archive"),
    path("companies/<int:pk>/restore/", companies.company_restore, name="company_restore"),
    path("settings/criteria/", criteria.criterion_list, name="criterion_list"),
    path("settings/criteria/<slug:slug>/", criteria.criterion_edit, name="criterion_edit"),
    path("settings/scripts/", scripts.script_list, name="script_list"),
    path("settings/scripts/new/", scripts.script_add, name="script_add"),
    path("settings/scripts/<int:pk>/", scripts.script_edit, name="script_edit"),
    path("settings/scripts/<int:pk>/switch/", scripts.script_switch, name="script_switch"),
    path("settings/scripts/<int:pk>/shift/", scripts.script_shift, name="script_shift"),
    path("conditions/count/", criteria.condition_count, name="condition_count"),
]
