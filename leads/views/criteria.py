"""Stage criteria: what each stage asks for, and a new version of it. The counter serves every condition editor."""

from datetime import datetime
from functools import partial
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leads.conditions.catalog import Catalog
from leads.conditions.icp import KINDS
from leads.conditions.tree import InvalidCondition, sentence
from leads.forms.criteria import CriterionForm
from leads.forms.tree import TreeEditor, as_sent
from leads.lifecycle.criteria import in_force, newest, set_criterion, stamp_of
from leads.models import Criterion, Realm, Stage, StageRole
from leads.nudge import nudge
from leads.queries.line import worded
from leads.queries.matches import matches
from leads.seen import ChangedMeanwhile
from leads.views.acts import say
from leads.views.meanwhile import Last, Meanwhile, answered, condition_now, stands
from users.access import Right, has_right
from users.clock import database_now
from users.models import User
from users.requests import PageRequest


def may_build(user: User, realm: str) -> bool:
    """Whether the user may write the rules of a realm: sales' own belong to sales managers."""
    return has_right(user, Right.BUILD_SALES_MODELS if realm == Realm.SALES else Right.BUILD_RULES)


def writes_rules(user: User) -> bool:
    """Whether the user may write the rules of some realm."""
    return any(may_build(user, realm) for realm in Realm.values)


def need_builder(user: User) -> None:
    """Refuse those who may write no rules at all."""
    if not writes_rules(user):
        raise PermissionDenied("Your role does not write rules.")


@require_safe
def criterion_list(request: PageRequest) -> HttpResponse:
    """Every stage with the criterion in force and those before and after it."""
    need_builder(request.user)
    now, catalog = database_now(), Catalog()
    current = in_force(now)
    rows = Criterion.objects.select_related("created_by").order_by("stage__position", "-version")
    versions: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        said = {"row": row, "words": worded(row, catalog), "is_coming": row.effective_from > now}
        versions.setdefault(row.stage_id, []).append(said)
    stages = [
        {
            "stage": stage,
            "current": next((v for v in versions.get(stage.pk, []) if v["row"] == current.get(stage.pk)), None),
            "others": [v for v in versions.get(stage.pk, []) if v["row"] != current.get(stage.pk)],
            "may_edit": is_editable(stage) and may_build(request.user, stage.realm),
        }
        for stage in Stage.objects.order_by("position")
    ]
    return render(request, "leads/criterion_list.html", {"stages": stages, "now": now})


def is_editable(stage: Stage) -> bool:
    """The first stage is entered by capture and the accepted one by a decision: neither asks for a criterion."""
    return stage.role not in (StageRole.CAPTURED, StageRole.ACCEPTED)


@require_http_methods(["GET", "HEAD", "POST"])
def criterion_edit(request: PageRequest, slug: str) -> HttpResponse:
    """Write the next version of a stage's criterion."""
    need_builder(request.user)
    stage = get_object_or_404(Stage, slug=slug)
    if not (is_editable(stage) and may_build(request.user, stage.realm)):
        raise PermissionDenied("Your role does not write the criteria of this stage.")
    now = database_now()
    current = in_force(now).get(stage.pk)
    if request.method != "POST":
        form = CriterionForm(initial={**CriterionForm.initial_of(current), "seen": stamp_of(newest(stage))})
        editor = TreeEditor.begun(request.GET, tree=current.condition if current else None)
        return _edit_page(request, stage, form, editor, now)
    form, editor = CriterionForm(request.POST), TreeEditor(request.POST)
    if editor.act:
        return _edit_page(request, stage, as_sent(CriterionForm(), request.POST), editor, now)
    return answered(
        partial(_saved, request, stage, form, editor, now),
        partial(_edit_page, request, stage, form, editor, now),
        partial(_meanwhile, request, stage, form, editor),
    )


def _saved(
    request: PageRequest, stage: Stage, form: CriterionForm, editor: TreeEditor, now: datetime
) -> HttpResponse | None:
    if not (form.is_valid() & editor.is_valid()):
        return None
    try:
        criterion = set_criterion(stage, editor.tree, by=request.user.pk, now=now, **form.cleaned_data)
    except InvalidCondition as refused:
        editor.blame(refused.errors)
        return None
    nudge()
    said = {"stage": stage.label, "version": criterion.version}
    say(request, _("Criterion of %(stage)s saved as version %(version)d; every lead is judged anew") % said)
    return redirect("leads:stage_list")


WROTE = Last(
    other=gettext_lazy("%(who)s wrote another version, in force from %(day)s."),
    reader=gettext_lazy("You wrote another version, perhaps in another tab, in force from %(day)s."),
    nobody=gettext_lazy("Another version was written, in force from %(day)s."),
)


def _meanwhile(
    request: PageRequest, stage: Stage, form: CriterionForm, editor: TreeEditor, refused: ChangedMeanwhile
) -> Meanwhile:
    """What the version written last says; from now on it counts as seen."""
    last = newest(stage)
    form.see(stamp_of(last))
    if last is None:
        return Meanwhile(str(refused), [_("There is no criterion.")], request.path)
    text = f"{refused} {WROTE.of(last.created_by, last.effective_from, request.user)}"
    now = stands(form, CriterionForm.initial_of(last), *condition_now(editor, last.condition))
    return Meanwhile(text, now, request.path)


def _edit_page(
    request: PageRequest,
    stage: Stage,
    form: CriterionForm,
    editor: TreeEditor,
    now: datetime,
    *,
    status: int = 200,
    meanwhile: Meanwhile | None = None,
) -> HttpResponse:
    context = {"stage": stage, "form": form, "editor": editor, "now": now, "meanwhile": meanwhile}
    return render(request, "leads/criterion_edit.html", context, status=status)


@require_POST
def condition_count(request: PageRequest) -> HttpResponse:
    """How many leads the condition in the editor matches now, and ten of them by name; `?exact=1` waits longer."""
    need_builder(request.user)
    editor = TreeEditor(request.POST, scoring="scoring" in request.GET, only=KINDS if "icp" in request.GET else ())
    context: dict[str, Any] = {"is_valid": editor.is_valid()}
    if context["is_valid"]:
        query = request.GET.copy()
        query["exact"] = "1"
        context |= {
            "found": matches(editor.tree, request.user, now=database_now(), exactly="exact" in request.GET),
            "words": sentence(editor.tree, editor.catalog),
            "exact_url": f"{request.path}?{query.urlencode()}",
        }
    return render(request, "leads/_condition_count.html", context)
