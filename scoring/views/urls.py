"""The addresses of the scoring pages."""

from django.urls import path

from scoring.views import borderline, by_band, groups, history, life, models, report_card, rules, scores, what_if

app_name = "scoring"
VERSION = "scoring/<slug:slug>/<int:number>/"
BORDERLINE = "scoring/<slug:slug>/borderline/"
urlpatterns = [
    path("leads/<int:pk>/scores/", scores.lead_scores, name="lead_scores"),
    path("scoring/", models.model_list, name="model_list"),
    path("scoring/new/", models.model_add, name="model_add"),
    path("scoring/progress/", history.progress, name="progress"),
    path("scoring/borderline/", borderline.borderline_home, name="borderline_home"),
    path(BORDERLINE, borderline.borderline, name="borderline"),
    path(f"{BORDERLINE}<int:pk>/undo/", borderline.borderline_undo, name="borderline_undo"),
    path(f"{BORDERLINE}<int:pk>/<slug:verdict>/", borderline.borderline_review, name="borderline_review"),
    path("scoring/<slug:slug>/", models.model_home, name="model"),
    path("scoring/<slug:slug>/settings/", models.model_edit, name="model_edit"),
    path("scoring/<slug:slug>/history/", history.history, name="history"),
    path("scoring/<slug:slug>/begin/", models.draft_begin, name="draft_begin"),
    path("scoring/<slug:slug>/report-card/", report_card.report_card, name="report_card"),
    path("scoring/<slug:slug>/report-card/leads/", report_card.report_card_leads, name="report_card_leads"),
    path(VERSION, models.version_page, name="version"),
    path(f"{VERSION}by-band/", by_band.by_band, name="by_band"),
    path(f"{VERSION}what-if/", what_if.what_if, name="what_if"),
    path(f"{VERSION}what-if/leads/", what_if.what_if_leads, name="what_if_leads"),
    path(f"{VERSION}copy/", life.version_copy, name="version_copy"),
    path(f"{VERSION}ask/", life.version_ask, name="version_ask"),
    path(f"{VERSION}approve/", life.version_approve, name="version_approve"),
    path(f"{VERSION}refuse/", life.version_refuse, name="version_refuse"),
    path(f"{VERSION}publish/", life.version_publish, name="version_publish"),
    path(f"{VERSION}discard/", life.version_discard, name="version_discard"),
    path(f"{VERSION}roll-back/", life.version_roll_back, name="version_roll_back"),
    path(f"{VERSION}progress/", history.version_progress, name="version_progress"),
    path(f"{VERSION}bands/", models.bands_edit, name="bands_edit"),
    path(f"{VERSION}rules/new/", rules.rule_add, name="rule_add"),
    path(f"{VERSION}rules/preview/", rules.rule_preview, name="rule_preview"),
    path(f"{VERSION}rules/<int:pk>/", rules.rule_edit, name="rule_edit"),
    path(f"{VERSION}rules/<int:pk>/move/<slug:way>/", rules.rule_move, name="rule_move"),
    path(f"{VERSION}rules/<int:pk>/remove/", rules.rule_remove, name="rule_remove"),
    path(f"{VERSION}groups/new/", groups.group_add, name="group_add"),
    path(f"{VERSION}groups/<slug:group>/", groups.group_edit, name="group_edit"),
    path(f"{VERSION}groups/<slug:group>/remove/", groups.group_remove, name="group_remove"),
]
