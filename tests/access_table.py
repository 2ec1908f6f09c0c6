"""Who may do what, address by address. A new address gets one line in ROUTES; the matrix test does the rest.

Of each object there are two: one near (an unowned qualified lead, offered to the sales team, its handover, its
company) and one far (a lead that sales works on, owned by somebody of another team).
"""

from dataclasses import dataclass, field
from typing import Any

from users.models import Role, Scope

ADMIN, MARKETER, SDR, REP, MANAGER = Role.ADMIN, Role.MARKETER, Role.SDR, Role.SALES_REP, Role.SALES_MANAGER
EVERYONE = frozenset(Role)
SALES = frozenset({ADMIN, REP, MANAGER})
OFFICE = frozenset({ADMIN, MARKETER})
NOBODY: frozenset[Role] = frozenset()

READ = frozenset({Scope.LEADS_READ, Scope.LEADS_WRITE, Scope.ADMIN})
WRITE = frozenset({Scope.LEADS_WRITE, Scope.ADMIN})


@dataclass(frozen=True)
class Rule:
    """Which roles are let in, to which of the two objects, and with which scopes of a token.

    Roles not in `roles` are refused (403) whatever the object; others do not find (404) what they do not see, and are
    refused what they only see.
    """

    roles: frozenset[Role] = EVERYONE
    near: frozenset[Role] = EVERYONE
    far: frozenset[Role] = EVERYONE
    sees_near: frozenset[Role] = EVERYONE
    sees_far: frozenset[Role] = EVERYONE
    scopes: frozenset[Scope] = frozenset({Scope.ADMIN})

    def expected(self, role: Role, which: str) -> set[int]:
        """The refusal, or nothing where the role is let in."""
        does, sees = (self.near, self.sees_near) if which == "near" else (self.far, self.sees_far)
        if role not in self.roles:
            return {403}
        if role not in sees | does:
            return {404}
        return set() if role in does else {403}


READ_LEAD = Rule(far=OFFICE, sees_far=OFFICE, scopes=READ)
WRITE_LEAD = Rule(far=frozenset({ADMIN}), sees_far=OFFICE, scopes=WRITE)
# Each realm assesses for itself, those in between for both.
MARKETING_BANT = Rule(near=frozenset({ADMIN, MARKETER, SDR}), far=frozenset({ADMIN}), sees_far=OFFICE)
SALES_BANT = Rule(near=frozenset(EVERYONE - {MARKETER}), far=frozenset({ADMIN}), sees_far=OFFICE)
READ_COMPANY = READ_LEAD
READ_DEAL = READ_LEAD
# What is agreed with a customer is sales' to write.
WRITE_DEAL = Rule(near=frozenset(EVERYONE - {MARKETER}), far=frozenset({ADMIN}), sees_far=OFFICE, scopes=WRITE)
# Companies belong to no realm: a marketer writes those of sales' leads too.
WRITE_COMPANY = Rule(far=OFFICE, sees_far=OFFICE, scopes=WRITE)
READ_HANDOVER = Rule(far=OFFICE, sees_far=OFFICE, scopes=READ)
DECIDE = Rule(
    roles=SALES,
    near=SALES,
    far=frozenset({ADMIN}),
    sees_far=frozenset({ADMIN}),
    scopes=frozenset({Scope.HANDOVERS_DECIDE, Scope.ADMIN}),
)
UNDO_MOVE = Rule(near=frozenset({REP}), far=NOBODY, sees_far=OFFICE)
WRITE_LIST = Rule(scopes=WRITE)
READ_LIST = Rule(scopes=READ)
REPORT = Rule(scopes=frozenset({Scope.REPORTS_READ, Scope.ADMIN}))
CAPTURE = Rule(scopes=frozenset({Scope.CAPTURE_WRITE, Scope.LEADS_WRITE, Scope.ADMIN}))
RECORD = Rule(scopes=frozenset({Scope.ACTIVITIES_WRITE, Scope.LEADS_WRITE, Scope.ADMIN}))
PAGE = Rule()
ANY_TOKEN = Rule(scopes=frozenset(Scope))
SETTINGS = Rule(roles=frozenset({ADMIN}))
RULES = Rule(roles=frozenset({ADMIN, MARKETER, MANAGER}))
MARKETING_RULES = Rule(roles=OFFICE)
# Routing is everybody's, working time that of one's own team.
SALES_RULES = Rule(roles=frozenset({ADMIN, MANAGER}))
TEAM_RULES = Rule(roles=frozenset({ADMIN, MANAGER}), far=frozenset({ADMIN}), sees_far=frozenset({ADMIN}))
REVIEW = Rule(roles=OFFICE, near=OFFICE, far=frozenset({ADMIN}), sees_far=OFFICE)
# The verdict is another's.
REVIEW_UNDO = Rule(roles=OFFICE, near=NOBODY, far=NOBODY, sees_far=OFFICE)
# There is no mail there: who may look does not find it.
NO_MAIL = Rule(roles=OFFICE, near=NOBODY, sees_near=NOBODY, far=NOBODY, sees_far=NOBODY)
SALES_PAGE = Rule(roles=SALES)
DESK = Rule(roles=EVERYONE - {MARKETER})
SPEAK = Rule(roles=EVERYONE - {MARKETER}, far=frozenset({ADMIN}), sees_far=frozenset({ADMIN}))
# Nobody's tasks: done by who may write the lead, and not found by others.
WRITE_TASK = Rule(far=frozenset({ADMIN}), sees_far=frozenset({ADMIN}))
# One's own only: the one near is the rep's.
OWN_NOTICE = Rule(near=frozenset({REP}), sees_near=frozenset({REP}), far=NOBODY, sees_far=NOBODY)
# The far handover is decided on: nobody finds it among the open ones.
OPEN_OFFER = Rule(roles=SALES, near=SALES, far=NOBODY, sees_far=NOBODY)
# Those who talk to leads read scripts, those who lead them write them.
TALKERS = Rule(roles=frozenset({ADMIN, SDR, REP, MANAGER}))
SALES_RULES = Rule(roles=frozenset({ADMIN, MANAGER}))


@dataclass(frozen=True)
class Route:
    """What each verb of an address asks, and which object stands in its place."""

    verbs: dict[str, Rule]
    named: dict[str, Any] = field(default_factory=dict)  # address parameter: "lead", "company", … or a plain value


def _on(thing: str, parameter: str = "pk", **verbs: Rule) -> Route:
    return Route({verb.upper(): rule for verb, rule in verbs.items()}, {parameter: thing})


def _list(**verbs: Rule) -> Route:
    return Route({verb.upper(): rule for verb, rule in verbs.items()})


# Addresses that need no sign-in, with the reason.
PUBLIC = {
    "healthz": "watchers ask it",
    "readyz": "watchers ask it",
    "users:setup": "makes the first administrator; gone once there is a user",
    "users:invitation": "the first password of somebody invited; the link says who",
    "set_language": "the sign-in page offers languages",
    "account_login": "the way in",
    "account_logout": "leaving twice is no mistake",
    "account_signup": "says that nobody signs up",
    "account_inactive": "says that the account is closed",
    "account_reset_password": "for those who forgot their password",
    "account_reset_password_done": "for those who forgot their password",
    "account_reset_password_from_key": "for those who forgot their password",
    "account_reset_password_from_key_done": "for those who forgot their password",
    "account_confirm_login_code": "not in use; sends to the sign-in",
    "account_confirm_email": "not in use; a key opens nothing more than its own address",
    "account_email_verification_sent": "not in use; a plain text",
    "admin:login": "another way in",
    "mail:open": "readers' programs load it; a signed token names the mail, only a hit is stored",
    "mail:click": "readers follow links; a signed token names the stored link, only a hit is stored",
    "mail:unsubscribe": "works for ever, without a sign-in; the signed token says who",
    "admin:logout": "leaving twice is no mistake",
}
# The stock admin has an address for each table: all of them belong to administrators.
WHOLE = {"admin:": SETTINGS}

# The draft of marketing's model.
DRAFT = {"slug": "=mql", "number": "=2"}
EDIT_RULES = {"GET": MARKETING_RULES, "POST": MARKETING_RULES}
# A sequence with a published version and the draft of its second; both leads are in it.
SEQUENCE = {"slug": "=nurture"}

MILESTONE = {"pk": "deal", "milestone": "milestone"}

ROUTES: dict[str, Route] = {
    "home": _list(get=PAGE),
    "users:profile": _list(get=PAGE, post=PAGE),
    "account_change_password": _list(get=PAGE, post=PAGE),
    "account_set_password": _list(get=PAGE, post=PAGE),
    "account_email": _list(get=PAGE, post=PAGE),
    "account_reauthenticate": _list(get=PAGE, post=PAGE),
    "schema": _list(get=ANY_TOKEN),
    "docs": _list(get=PAGE),
    # REST
    "leads_api:leads": _list(get=READ_LIST, post=CAPTURE),
    "leads_api:lead": _on("lead", "lead_id", get=READ_LEAD, patch=WRITE_LEAD),
    "leads_api:lead_timeline": _on("lead", "lead_id", get=READ_LEAD),
    "leads_api:lead_moves": _on("lead", "lead_id", post=WRITE_LEAD),
    "leads_api:lead_bant": _on("lead", "lead_id", post=WRITE_LEAD),
    "leads_api:lead_consents": _on("lead", "lead_id", post=WRITE_LEAD),
    "leads_api:lead_proof": _on("lead", "lead_id", post=WRITE_LEAD),
    "leads_api:lead_won": _on("lead", "lead_id", post=WRITE_LEAD),
    "leads_api:lead_lost": _on("lead", "lead_id", post=WRITE_LEAD),
    "leads_api:activities": _list(post=RECORD),
    "leads_api:companies": _list(get=READ_LIST, post=WRITE_LIST),
    "leads_api:company": _on("company", "company_id", get=READ_COMPANY, patch=WRITE_COMPANY),
    "leads_api:opportunities": _list(get=READ_LIST),
    "leads_api:opportunity": _on("deal", "opportunity_id", get=READ_DEAL, patch=WRITE_DEAL),
    "leads_api:handovers": _list(get=READ_LIST),
    "leads_api:handover": _on("handover", "handover_id", get=READ_HANDOVER),
    **{
        f"leads_api:handover_{verb}": _on("handover", "handover_id", post=DECIDE)
        for verb in (
            *("accept", "reject", "return", "duplicate", "undo"),
            *("claim", "release", "assign", "snooze", "unsnooze"),
        )
    },
    "reports_api:deals": _list(get=REPORT),
    "reports_api:icp": _list(get=REPORT),
    "scoring_api:lead_explanation": _on("lead", "lead_id", get=READ_LEAD),
    **{
        f"reports_api:{name}": _list(get=REPORT)
        for name in ("funnel", "sources", "regions", "velocity", "feedback", "sequences")
    },
    # Pages
    "capture:import_list": _list(get=MARKETING_RULES, post=MARKETING_RULES),
    "capture:import_detail": _on("batch", get=MARKETING_RULES),
    **{
        f"capture:import_{step}": _on("batch", get=MARKETING_RULES, post=MARKETING_RULES)
        for step in ("read", "map", "check", "run")
    },
    "capture:import_report": _on("batch", get=MARKETING_RULES),
    "capture:import_refused": _on("batch", get=MARKETING_RULES),
    "capture:import_discard": _on("batch", post=MARKETING_RULES),
    "leads:lead_list": _list(get=PAGE),
    "leads:lead_add": _list(get=PAGE, post=PAGE),
    "leads:lead_detail": _on("lead", get=READ_LEAD),
    "leads:lead_timeline": _on("lead", get=READ_LEAD),
    "leads:lead_journal": _on("lead", get=READ_LEAD),
    "leads:lead_package": _on("lead", get=READ_LEAD),
    **{
        f"leads:lead_{act}": _on("lead", get=WRITE_LEAD, post=WRITE_LEAD)
        for act in ("edit", "note", "call", "consent", "proof", "won", "lost", "move")
    },
    "leads:lead_bant_marketing": _on("lead", get=MARKETING_BANT, post=MARKETING_BANT),
    "leads:lead_bant_sales": _on("lead", get=SALES_BANT, post=SALES_BANT),
    "leads:bant_state": Route({"POST": MARKETING_BANT}, {"pk": "lead", "realm": "=marketing"}),
    "leads:lead_qualify": _on("lead", get=SALES_BANT, post=SALES_BANT),
    "leads:lead_archive": _on("lead", post=WRITE_LEAD),
    "leads:lead_restore": _on("lead", post=WRITE_LEAD),
    "leads:lead_suppress": _on("lead", post=WRITE_LEAD),
    "leads:lead_lift": _on("lead", post=WRITE_LEAD),
    "leads:move_undo": _on("change", post=UNDO_MOVE),
    "leads:desk": _list(get=DESK),
    "leads:desk_act": _on("lead", post=SPEAK),
    "leads:recommendation_undo": _on("handover", post=Rule(near=NOBODY, far=NOBODY, sees_far=OFFICE)),
    "leads:task_list": _list(get=PAGE),
    **{f"leads:task_{act}": _on("task", post=WRITE_TASK) for act in ("done", "reopen", "give")},
    "leads:lead_tasks": _on("lead", get=READ_LEAD, post=WRITE_LEAD),
    "leads:inbox": _list(get=SALES_PAGE),
    "leads:inbox_case": _on("handover", get=OPEN_OFFER),
    **{
        f"leads:handover_{verb}": _on("handover", get=DECIDE, post=DECIDE)
        for verb in ("accept", "reject", "return", "duplicate", "snooze", "unsnooze", "claim", "release")
    },
    "leads:handover_undo": _on("decided", post=UNDO_MOVE),
    "leads:company_list": _list(get=PAGE),
    "leads:company_add": _list(get=MARKETING_RULES, post=MARKETING_RULES),
    "leads:company_detail": _on("company", get=READ_COMPANY),
    "leads:company_edit": _on("company", get=WRITE_COMPANY, post=WRITE_COMPANY),
    "leads:company_archive": _on("company", post=WRITE_COMPANY),
    "leads:company_restore": _on("company", post=WRITE_COMPANY),
    "leads:notice_list": _list(get=PAGE),
    "leads:notice_bell": _list(get=PAGE),
    "leads:notice_wishes": _list(get=PAGE, post=PAGE),
    "leads:notice_read_all": _list(post=PAGE),
    "leads:notice_open": _on("notice", get=OWN_NOTICE),
    "leads:notice_read": _on("notice", post=OWN_NOTICE),
    "leads:stage_list": _list(get=RULES),
    "leads:stage_add": _list(get=RULES, post=RULES),
    **{
        f"leads:stage_{act}": Route({"GET": MARKETING_RULES, "POST": MARKETING_RULES}, {"slug": "=mel"})
        for act in ("edit", "retire")
    },
    "leads:stage_shift": Route({"POST": MARKETING_RULES}, {"slug": "=mel"}),
    "leads:criterion_list": _list(get=RULES),
    "leads:criterion_edit": Route({"GET": MARKETING_RULES, "POST": MARKETING_RULES}, {"slug": "=mel"}),
    "leads:lead_icp": _on("lead", get=READ_LEAD),
    "leads:icp_list": _list(get=RULES),
    **{f"leads:icp_{page}": Route({"GET": RULES}, {"realm": "=marketing"}) for page in ("versions", "standing")},
    **{f"leads:icp_{page}": Route(EDIT_RULES, {"realm": "=marketing"}) for page in ("add", "bounds")},
    "leads:icp_copy": Route({"POST": MARKETING_RULES}, {"realm": "=marketing"}),
    "leads:icp_restore": Route({"POST": MARKETING_RULES}, {"realm": "=marketing", "version": "=1"}),
    "leads:icp_edit": Route(EDIT_RULES, {"realm": "=marketing", "pk": "wish"}),
    "leads:icp_remove": Route({"POST": MARKETING_RULES}, {"realm": "=marketing", "pk": "wish"}),
    "leads:script_list": _list(get=TALKERS),
    "leads:script_add": _list(get=SALES_RULES, post=SALES_RULES),
    "leads:script_edit": _on("script", get=SALES_RULES, post=SALES_RULES),
    **{f"leads:script_{act}": _on("script", post=SALES_RULES) for act in ("switch", "shift")},
    **{f"leads:deal_{page}": _list(get=PAGE) for page in ("board", "list", "forecast")},
    "leads:deal_lane": Route({"GET": PAGE}, {"key": "=none"}),
    "leads:deal_detail": _on("deal", get=READ_DEAL),
    "leads:deal_edit": _on("deal", get=WRITE_DEAL, post=WRITE_DEAL),
    "leads:deal_reschedule": _on("deal", post=WRITE_DEAL),
    "leads:deal_change_undo": _on("deal_change", post=UNDO_MOVE),
    "leads:stakeholder_set": _on("deal", post=WRITE_DEAL),
    "leads:milestone_add": _on("deal", post=WRITE_DEAL),
    "leads:milestone_edit": Route({"GET": WRITE_DEAL, "POST": WRITE_DEAL}, MILESTONE),
    **{f"leads:milestone_{act}": Route({"POST": WRITE_DEAL}, MILESTONE) for act in ("tick", "drop")},
    "leads:lead_deal": _on("lead", get=READ_LEAD),
    "leads:customer_list": _list(get=PAGE),
    "leads:customer_edit": _on("customer", get=WRITE_DEAL, post=WRITE_DEAL),
    "leads:customer_again": _on("customer", get=WRITE_DEAL, post=WRITE_DEAL),
    "leads:company_role": Route({"POST": WRITE_LEAD}, {"pk": "company", "person": "lead"}),
    "leads:condition_count": _list(post=RULES),
    "leads:segment_list": _list(get=RULES),
    "leads:segment_add": _list(get=RULES, post=RULES),
    **{
        f"leads:segment_{act}": Route({"GET": RULES, "POST": RULES}, {"slug": "=viewers"})
        for act in ("detail", "delete")
    },
    "leads:segment_count": Route({"GET": RULES}, {"slug": "=viewers"}),
    "leads:lead_phase": _on("lead", get=READ_LEAD, post=WRITE_LEAD),
    "leads:phase_list": _list(get=RULES),
    "leads:phase_add": _list(get=RULES, post=RULES),
    "leads:phase_edit": _on("phase_rule", get=RULES, post=RULES),
    "leads:phase_switch": _on("phase_rule", post=RULES),
    "leads:routing_list": _list(get=SALES_RULES),
    "leads:routing_add": _list(get=SALES_RULES, post=SALES_RULES),
    "leads:routing_edit": _on("rule", get=SALES_RULES, post=SALES_RULES),
    **{f"leads:routing_{act}": _on("rule", post=SALES_RULES) for act in ("switch", "shift")},
    "leads:sla_list": _list(get=SALES_RULES),
    "leads:sla_edit": Route({"GET": TEAM_RULES, "POST": TEAM_RULES}, {"kind": "=decide", "team": "team"}),
    "leads:hours_edit": _on("team", "team", get=TEAM_RULES, post=TEAM_RULES),
    **{f"leads:{thing}_add": _list(post=SALES_RULES) for thing in ("holiday", "absence")},
    **{f"leads:{thing}_drop": _on(thing, post=TEAM_RULES) for thing in ("holiday", "absence")},
    "leads:capacity_set": _on("colleague", post=TEAM_RULES),
    "scoring:lead_scores": _on("lead", get=READ_LEAD),
    # Of marketing's model, whose borderline has no team of its own.
    "scoring:borderline_home": _list(get=RULES),
    "scoring:borderline": Route({"GET": MARKETING_RULES}, {"slug": "=mql"}),
    "scoring:borderline_review": Route({"POST": REVIEW}, {"slug": "=mql", "pk": "lead", "verdict": "=wait"}),
    "scoring:borderline_undo": Route({"POST": REVIEW_UNDO}, {"slug": "=mql", "pk": "review"}),
    "scoring:model_list": _list(get=RULES),
    "scoring:version": Route({"GET": RULES}, DRAFT),
    "scoring:by_band": Route({"GET": RULES}, DRAFT),
    "scoring:what_if": Route({"GET": RULES, "POST": RULES}, DRAFT),
    "scoring:what_if_leads": Route({"GET": RULES}, DRAFT),
    "scoring:report_card": Route({"GET": RULES}, {"slug": DRAFT["slug"]}),
    "scoring:report_card_leads": Route({"GET": RULES}, {"slug": DRAFT["slug"]}),
    "scoring:model": Route({"GET": RULES}, {"slug": "=mql"}),
    "scoring:model_add": _list(get=RULES, post=RULES),
    "scoring:model_edit": Route(EDIT_RULES, {"slug": "=mql"}),
    "scoring:history": Route({"GET": RULES}, {"slug": "=mql"}),
    "scoring:progress": _list(get=RULES),
    "scoring:version_progress": Route({"GET": RULES}, DRAFT),
    "scoring:version_ask": Route({"POST": MARKETING_RULES}, DRAFT),
    "scoring:version_approve": Route({"POST": MARKETING_RULES}, DRAFT),
    "scoring:version_refuse": Route({"POST": MARKETING_RULES}, DRAFT),
    "scoring:version_discard": Route({"POST": MARKETING_RULES}, DRAFT),
    "scoring:version_roll_back": Route({"POST": MARKETING_RULES}, DRAFT),
    "scoring:draft_begin": Route({"POST": MARKETING_RULES}, {"slug": "=unscored"}),
    "scoring:version_copy": Route({"POST": MARKETING_RULES}, DRAFT),
    "scoring:version_publish": Route({"POST": MARKETING_RULES}, DRAFT),
    "scoring:bands_edit": Route(EDIT_RULES, DRAFT),
    "scoring:rule_add": Route(EDIT_RULES, DRAFT),
    "scoring:rule_edit": Route(EDIT_RULES, {**DRAFT, "pk": "scoring_rule"}),
    "scoring:rule_preview": Route({"POST": MARKETING_RULES}, DRAFT),
    "scoring:rule_move": Route({"POST": MARKETING_RULES}, {**DRAFT, "pk": "scoring_rule", "way": "=up"}),
    "scoring:rule_remove": Route({"POST": MARKETING_RULES}, {**DRAFT, "pk": "scoring_rule"}),
    "scoring:group_add": Route(EDIT_RULES, DRAFT),
    "scoring:group_edit": Route(EDIT_RULES, {**DRAFT, "group": "=fit"}),
    "scoring:group_remove": Route({"POST": MARKETING_RULES}, {**DRAFT, "group": "=fit"}),
    "mail:message_list": _list(get=MARKETING_RULES),
    "mail:message_settle": _list(post=MARKETING_RULES),
    "mail:lead_mail": _on("lead", get=READ_LEAD),
    "nurturing:lead_sequences": _on("lead", get=READ_LEAD),
    "nurturing:lead_enroll": _on("lead", post=WRITE_LEAD),
    "nurturing:lead_stop": Route({"POST": WRITE_LEAD}, {"pk": "lead", "enrollment": "enrollment"}),
    "nurturing:sequence_list": _list(get=MARKETING_RULES),
    "nurturing:sequence_add": _list(get=MARKETING_RULES, post=MARKETING_RULES),
    "nurturing:sequence_detail": Route({"GET": MARKETING_RULES}, SEQUENCE),
    "nurturing:version_detail": Route({"GET": MARKETING_RULES}, {**SEQUENCE, "number": "=2"}),
    **{f"nurturing:sequence_{act}": Route({"POST": MARKETING_RULES}, SEQUENCE) for act in ("pause", "resume")},
    "nurturing:sequence_edit": Route(EDIT_RULES, SEQUENCE),
    "nurturing:sequence_publish": Route(EDIT_RULES, SEQUENCE),
    "nurturing:people_list": Route({"GET": MARKETING_RULES}, SEQUENCE),
    "nurturing:people_add": Route(EDIT_RULES, SEQUENCE),
    "nurturing:person_stop": Route({"POST": MARKETING_RULES}, {**SEQUENCE, "enrollment": "enrollment"}),
    "nurturing:mail_frame": Route({"GET": MARKETING_RULES}, {**SEQUENCE, "letter": "letter"}),
    "nurturing:mail_test": Route({"POST": MARKETING_RULES}, {**SEQUENCE, "letter": "letter"}),
    **{f"nurturing:draft_{act}": Route({"POST": MARKETING_RULES}, SEQUENCE) for act in ("begin", "discard", "frame")},
    "nurturing:entry_edit": Route(EDIT_RULES, SEQUENCE),
    "nurturing:step_add": Route(EDIT_RULES, {**SEQUENCE, "kind": "=wait"}),
    "nurturing:step_edit": Route(EDIT_RULES, {**SEQUENCE, "position": "=1"}),
    **{
        f"nurturing:step_{act}": Route({"POST": MARKETING_RULES}, {**SEQUENCE, "position": "=1"})
        for act in ("move", "remove")
    },
    "mailbox:mail_list": _list(get=MARKETING_RULES),
    "mailbox:mail_empty": _list(post=SETTINGS),
    **{f"mailbox:mail_{part}": Route({"GET": NO_MAIL}, {"key": "=0-0"}) for part in ("detail", "frame", "source")},
    "reports:home": _list(get=PAGE),
    "reports:deals": _list(get=PAGE),
    "reports:funnel": _list(get=PAGE),
    "reports:sources": _list(get=PAGE),
    "reports:icp": _list(get=PAGE),
    "reports:feedback": _list(get=PAGE),
    "reports:digest": _list(get=RULES),
    "reports:digest_wish": _list(post=RULES),
    "reports:digest_frame": Route({"GET": RULES}, {"week": "=2026-03-02"}),
}
