from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LeadsConfig(AppConfig):
    """The ground: who a lead is, what happened, where it stands."""

    name = "leads"
    verbose_name = _("Leads")

    def ready(self) -> None:
        from celery import current_app

        from leads.activity.outbox import register_consumer
        from leads.activity.record import after_record
        from leads.conditions import (
            activity,
            attribute,
            company_score,
            current,
            grade,
            icp,
            leaves,
            phase,
            segment,
            standing,
        )
        from leads.conditions.used import register_past, register_source
        from leads.handover.close import sync_opportunities
        from leads.handover.deadlines import CONTACTS, meet_contacts, sync_deadlines
        from leads.handover.offer import sync_handovers
        from leads.lifecycle import phase as phases
        from leads.lifecycle import promote, written
        from leads.lifecycle.hooks import after_move
        from leads.lifecycle.together import register_statement
        from leads.notices import news
        from leads.nudge import listen
        from leads.people.todo import open_follow_ups

        for leaf in (
            activity.ActivityLeaf(),
            activity.CompanyActivityLeaf(),
            attribute.LeadLeaf(),
            attribute.CompanyLeaf(),
            standing.BantLeaf(),
            standing.BantCountLeaf(),
            standing.ConsentLeaf(),
            standing.SourceLeaf(),
            current.PassLeaf(),
            current.OwnerLeaf(),
            standing.StageLeaf(),
            standing.StageDaysLeaf(),
            standing.OutcomeLeaf(),
            standing.ScoreLeaf(),
            standing.BandLeaf(),
            grade.GradeLeaf(),
            icp.IcpLeaf(),
            phase.PhaseLeaf(),
            segment.SegmentLeaf(),
            company_score.CompanyScoreLeaf(),
        ):
            leaves.register(leaf)
        after_move(sync_handovers)
        after_move(sync_opportunities)
        after_move(open_follow_ups)
        after_move(sync_deadlines)
        after_record(meet_contacts, CONTACTS)
        register_consumer(news.NAME, news.hear)
        for name in ("criteria", "routing", "phases", "ideal_customers", "segments"):
            register_source(name, getattr(written, name))
        register_past("ideal_customers", written.past_ideal_customers)
        register_statement("judging", promote.ask_everything)
        register_statement("phases", phases.ask_rules)
        register_statement("grades", icp.ask_latest)
        once = {"max_retries": 1, "interval_start": 0, "interval_step": 0}
        listen(lambda: current_app.send_task("leads.tasks.empty_retired", expires=30, retry_policy=once), "retired")
