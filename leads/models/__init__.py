"""The tables of the ground, one module per step of the line."""

from leads.models.activity import (
    Activity,
    BantAssessment,
    BantState,
    Consent,
    Evidence,
    EvidenceChange,
    Kind,
    Medium,
    Realm,
)
from leads.models.contact import ConsentState, Contactability, Suppression
from leads.models.handover import Handover, HandoverState, Opportunity, OpportunityState, Proof, Reason, ReasonKind
from leads.models.lifecycle import Cause, Criterion, Outcome, Pass, Stage, StageChange, StageRole
from leads.models.outbox import Cursor, Event, IdempotencyKey, Touched
from leads.models.people import AttributeChange, AttributeDefinition, AttributeType, Company, ExternalId, IcpGroup, Lead
from leads.models.score import LeadScore, ScoreHistory, ScoreLegend, ScoreModel
from leads.models.source import Campaign, Capture, Channel, Document, Page, PathSet

__all__ = [
    "Activity",
    "AttributeChange",
    "AttributeDefinition",
    "AttributeType",
    "BantAssessment",
    "BantState",
    "Campaign",
    "Capture",
    "Cause",
    "Channel",
    "Company",
    "Consent",
    "ConsentState",
    "Contactability",
    "Criterion",
    "Cursor",
    "Document",
    "Event",
    "Evidence",
    "EvidenceChange",
    "ExternalId",
    "Handover",
    "HandoverState",
    "IcpGroup",
    "IdempotencyKey",
    "Kind",
    "Lead",
    "LeadScore",
    "Medium",
    "Opportunity",
    "OpportunityState",
    "Outcome",
    "Page",
    "Pass",
    "PathSet",
    "Proof",
    "Realm",
    "Reason",
    "ReasonKind",
    "ScoreHistory",
    "ScoreLegend",
    "ScoreModel",
    "Stage",
    "StageChange",
    "StageRole",
    "Suppression",
    "Touched",
]
