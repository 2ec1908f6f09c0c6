"""What happened to one lead, newest first, in slices."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from leads.api.door import Door
from leads.api.leads import readable_lead
from leads.api.serializers.timeline import TimelineOut
from leads.models import BantAssessment, BantState, Evidence, Kind, Medium
from leads.queries.timeline import BadCursor, Entry, timeline


class Timeline(Door):
    """GET the story of a lead."""

    needs: ClassVar = {"GET": "read"}

    @extend_schema(parameters=[OpenApiParameter("cursor", str)], responses=TimelineOut)
    def get(self, request: Request, lead_id: int) -> Response:
        """A slice of the timeline."""
        readable_lead(self, lead_id)
        try:
            part = timeline(lead_id, request.query_params.get("cursor", ""))
        except BadCursor as error:
            raise ValidationError({"cursor": [ErrorDetail(str(error), code="invalid")]}) from None
        link = replace_query_param(request.build_absolute_uri(), "cursor", part.cursor) if part.cursor else None
        return Response(TimelineOut({"next": link, "results": [_line(entry) for entry in part.entries]}).data)


def _line(entry: Entry) -> dict[str, Any]:
    title, data = _WORDS[entry.kind](entry)
    by = getattr(entry.row, "by", None)
    said = {key: value for key, value in data.items() if value not in (None, "", {}, [])}
    kind = Kind(entry.row.kind).slug if entry.kind == "activity" else entry.kind
    return {"at": entry.at, "kind": kind, "title": title, "by": by.email if by else None, "data": said}


def _stage(entry: Entry) -> tuple[str, dict[str, Any]]:
    row = entry.row
    here = row.from_outcome or (row.from_stage.slug if row.from_stage else None)
    there = row.outcome or row.to_stage.slug
    name = row.get_outcome_display() if row.outcome else row.to_stage.label
    flags = [flag for flag in ("passed_through", "backward", "out_of_order", "date_only") if getattr(row, flag)]
    data = {"from": here, "to": there, "cycle": row.cycle, "cause": row.cause, "reason": row.reason, "note": row.note}
    data["until"] = row.until.isoformat() if row.until else None
    criterion = entry.about.get("criterion")
    data["criterion"] = criterion.version if criterion else None
    data["models"] = {slug: model.number for slug, model in entry.about.get("models", {}).items()}
    return str(name), {**data, "flags": flags}


def _score(entry: Entry) -> tuple[str, dict[str, Any]]:
    row = entry.row
    data = {name: getattr(row, name) for name in ("points", "fit", "engagement", "band", "version")}
    return f"{row.model.name}: {row.points}", {"model": row.model.slug, **data}


def _bant(entry: Entry) -> tuple[str, dict[str, Any]]:
    row = entry.row
    parts = {part: BantState(getattr(row, part)).slug for part in BantAssessment.PARTS}
    return "BANT", {"realm": row.realm, **parts, "note": row.note, "notes": row.notes}


def _consent(entry: Entry) -> tuple[str, dict[str, Any]]:
    row = entry.row
    title = "Consent given" if row.granted else "Consent withdrawn"
    return title, {"granted": row.granted, "text": row.text, "source": row.source}


def _activity(entry: Entry) -> tuple[str, dict[str, Any]]:
    row = entry.row
    data = {
        "id": row.pk,
        "page": row.page.path if row.page else None,
        "document": row.document.slug if row.document else None,
        "campaign": row.campaign.slug if row.campaign else None,
        "medium": Medium(row.medium).slug if row.medium is not None else None,
        "evidence": Evidence(row.evidence).slug,
        "mail_number": row.mail_number,
        "dwell_seconds": row.dwell_seconds,
        **row.data,
    }
    return str(row.get_kind_display()), data


def _visit(entry: Entry) -> tuple[str, dict[str, Any]]:
    pages = [view.page.path for view in reversed(entry.views) if view.page]
    title, data = _activity(entry)
    data |= {"page": None, "id": None, "dwell_seconds": entry.dwell}
    return title, data | {"pages": pages, "activities": [view.pk for view in reversed(entry.views)]}


def _capture(entry: Entry) -> tuple[str, dict[str, Any]]:
    row = entry.row
    named = {name: getattr(row, name) for name in ("channel", "campaign", "document")}
    data = {name: value.slug for name, value in named.items() if value}
    texts = {name: getattr(row, name) for name in ("audience", "medium", "utm", "referrer", "landing_page")}
    return "Captured", {**data, **texts}


_WORDS: Mapping[str, Callable[[Entry], tuple[str, dict[str, Any]]]] = {
    "stage": _stage,
    "score": _score,
    "bant": _bant,
    "consent": _consent,
    "activity": _activity,
    "visit": _visit,
    "capture": _capture,
}
