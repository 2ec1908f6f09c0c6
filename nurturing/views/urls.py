"""The addresses of the sequence pages."""

from django.urls import path

from nurturing.views import drafts, leads, mails, people, sequences

app_name = "nurturing"
ONE = "sequences/<slug:slug>/"
STEP = f"{ONE}draft/steps/<int:position>/"
urlpatterns = [
    path("leads/<int:pk>/sequences/", leads.lead_sequences, name="lead_sequences"),
    path("leads/<int:pk>/sequences/enroll/", leads.lead_enroll, name="lead_enroll"),
    path("leads/<int:pk>/sequences/<int:enrollment>/stop/", leads.lead_stop, name="lead_stop"),
    path("sequences/", sequences.sequence_list, name="sequence_list"),
    path("sequences/new/", sequences.sequence_add, name="sequence_add"),
    path(ONE, sequences.sequence_detail, name="sequence_detail"),
    path(f"{ONE}versions/<int:number>/", sequences.version_detail, name="version_detail"),
    path(f"{ONE}edit/", sequences.sequence_edit, name="sequence_edit"),
    path(f"{ONE}pause/", sequences.sequence_pause, name="sequence_pause"),
    path(f"{ONE}resume/", sequences.sequence_resume, name="sequence_resume"),
    path(f"{ONE}publish/", sequences.sequence_publish, name="sequence_publish"),
    path(f"{ONE}people/", people.people_list, name="people_list"),
    path(f"{ONE}people/add/", people.people_add, name="people_add"),
    path(f"{ONE}people/<int:enrollment>/stop/", people.person_stop, name="person_stop"),
    path(f"{ONE}mails/<int:letter>/frame/", mails.mail_frame, name="mail_frame"),
    path(f"{ONE}mails/<int:letter>/test/", mails.mail_test, name="mail_test"),
    path(f"{ONE}draft/", drafts.draft_begin, name="draft_begin"),
    path(f"{ONE}draft/discard/", drafts.draft_discard, name="draft_discard"),
    path(f"{ONE}draft/entry/", drafts.entry_edit, name="entry_edit"),
    path(f"{ONE}draft/preview/", mails.draft_frame, name="draft_frame"),
    path(f"{ONE}draft/add/<str:kind>/", drafts.step_add, name="step_add"),
    path(STEP, drafts.step_edit, name="step_edit"),
    path(f"{STEP}move/", drafts.step_move, name="step_move"),
    path(f"{STEP}remove/", drafts.step_remove, name="step_remove"),
]
