"""Template tags of the shared look. They live in the lowest app, so that every template may load them."""

from decimal import Decimal
from typing import Any

from django import template
from django.contrib.messages.storage.base import Message
from django.core.paginator import Page
from django.forms import BoundField
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.formats import number_format
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

register = template.Library()

# A stage may be renamed; its tint follows its role. Anything else is an outcome beside the line.
TINTS = {
    "captured": "mcl",
    "engaged": "mel",
    "qualified": "mql",
    "accepted": "sal",
    "sales_qualified": "sql",
    "opportunity": "sqo",
}
MARKETING_TINTS = {"mcl", "mel", "mql"}
WARM_FROM, HOT_FROM = 50, 80
CONTROL_CLASSES = {
    "select": "form-select",
    "nullbooleanselect": "form-select",
    "checkbox": "lc-box",
    # Choices stand in a list of their own, whose boxes .lc-options draws.
    "checkboxselectmultiple": "",
    "radioselect": "",
}
SLA_ICONS = {"late": "alert-triangle", "soon": "hourglass", "met": "circle-check", "paused": "player-pause"}
KIND_ICONS = {
    "page_view": "world",
    "form_submit": "forms",
    "download": "file-download",
    "mail_delivered": "mail",
    "mail_open": "mail-opened",
    "mail_click": "click",
    "mail_reply": "arrow-back-up",
    "mail_bounce": "circle-x",
    "webinar": "video",
    "event": "calendar-event",
    "video_watch": "player-play",
    "ad_click": "click",
    "chat": "message-2",
    "call": "phone",
    "meeting": "users",
    "note": "note",
    "purchase": "coin",
    "survey": "clipboard-check",
}


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """Draw a symbol of the sprite; `css` adds classes: lc-i-sm small, lc-i-flip mirrored in RTL."""
    return format_html(
        '<svg class="lc-i {}" aria-hidden="true"><use href="{}#{}"></use></svg>', css, static("img/icons.svg"), name
    )


@register.filter
def tint(role: object) -> str:
    """The data-stage of a stage role, `out` for outcomes."""
    return TINTS.get(str(role), "out")


@register.filter
def realm(role: object) -> str:
    """The realm of a stage role: marketing, sales, or nothing for outcomes."""
    mark = tint(role)
    if mark == "out":
        return ""
    return "marketing" if mark in MARKETING_TINTS else "sales"


@register.filter
def heat(points: float | Decimal | None) -> str:
    """The band of a score whose model names none."""
    if points is None or points == "":  # a template's word for what is not there
        return ""
    if points >= HOT_FROM:
        return "hot"
    return "warm" if points >= WARM_FROM else "cold"


@register.filter
def heat_word(band: str) -> str:
    """A score band in the reader's language."""
    words = {"hot": gettext("hot"), "warm": gettext("warm"), "cold": gettext("cold")}
    return words.get(str(band), str(band))


@register.filter
def band_word(band: str) -> str:
    """A benchmark band in the reader's language."""
    words = {
        "failing": gettext("failing"),
        "fair": gettext("fair"),
        "good": gettext("good"),
        "excellent": gettext("excellent"),
    }
    return words.get(str(band), gettext("no band set"))


@register.filter
def sla_icon(state: str) -> str:
    """The symbol of an SLA state."""
    return SLA_ICONS.get(str(state), "clock")


@register.filter
def signed(number: float | Decimal | None) -> str:
    """A number with its sign, a true minus for the negative ones; nothing for nothing."""
    if number is None:
        return ""
    if number == 0:
        return "0"
    return f"+{number}" if number > 0 else f"\u2212{-number}"


@register.filter
def total(number: float | str | None) -> str:
    """A sum of points: thousands kept apart, a true minus below zero; nothing for nothing."""
    if number is None or isinstance(number, str):
        return ""
    return number_format(number, use_l10n=True, force_grouping=True).replace("-", "\u2212")


@register.filter
def breakable(value: Any) -> SafeString:
    """Text in which a long e-mail address may break, before its @."""
    return mark_safe(conditional_escape(value).replace("@", "<wbr>@"))


@register.filter
def undo_url(message: Message) -> str:
    """The address that takes a message's act back, from an extra tag `undo=/…/`."""
    return tagged(message, "undo")


@register.filter
def prepare_url(message: Message) -> str:
    """The address of what to say to a lead that was just accepted, from an extra tag `prepare=/…/`."""
    return tagged(message, "prepare")


def tagged(message: Message, name: str) -> str:
    """The value of an extra tag `name=value`; empty without it."""
    tags = (tag.partition("=") for tag in (message.extra_tags or "").split())
    return next((value for key, _equals, value in tags if key == name), "")


@register.simple_tag
def control(field: BoundField) -> SafeString:
    """A form field's input with the classes of the look; labels, help and errors stand in components/field.html."""
    known = field.field.widget.attrs
    added = CONTROL_CLASSES.get(field.widget_type, "form-control")
    attrs: dict[str, str | bool] = {"class": f"{known.get('class', '')} {added}".strip()}
    if str(known.get("placeholder", "")) == str(field.label):  # a placeholder that repeats the label says nothing
        attrs["placeholder"] = ""
    return field.as_widget(attrs=attrs)


@register.inclusion_tag("components/_score_bar.html")
def score_bar(
    fit: float | Decimal | None,
    engagement: float | Decimal | None,
    threshold: float | None = None,
    wide: bool = False,
) -> dict[str, Any]:
    """Fit and engagement as one bar on a scale to 100, longer where the points or the threshold need it."""
    fit_points, engagement_points = max(float(fit or 0), 0), max(float(engagement or 0), 0)
    full = max(100.0, fit_points + engagement_points, float(threshold or 0))
    gap = 0.8 if fit_points and engagement_points else 0
    return {
        "fit": fit,
        "engagement": engagement,
        "threshold": threshold,
        "wide": wide,
        "fit_width": f"{100 * fit_points / full:.2f}",
        "engagement_at": f"{100 * fit_points / full + gap:.2f}",
        "engagement_width": f"{max(100 * engagement_points / full - gap, 0):.2f}",
        "threshold_at": f"{100 * float(threshold) / full:.2f}" if threshold else "",
    }


@register.inclusion_tag("components/_sort_header.html", takes_context=True)
def sort_header(
    context: dict[str, Any],
    key: str,
    label: str,
    numeric: bool = False,
    first: str = "ascending",
    css: str = "",
    title: str = "",
) -> dict[str, Any]:
    """A table head whose link sorts by `key` and keeps the rest of the query; `first` is the first click's order."""
    request: HttpRequest = context["request"]
    current = request.GET.get("sort", context.get("sort", ""))
    order = {key: "ascending", f"-{key}": "descending"}.get(current, "")
    descending_next = order == "ascending" or (not order and first == "descending")
    query = request.GET.copy()
    query.pop("page", None)
    query["sort"] = f"-{key}" if descending_next else key
    shown = {"label": label, "numeric": numeric, "css": css, "title": title}
    return {**shown, "order": order, "query": f"?{query.urlencode()}"}


@register.filter
def page_numbers(page: Page) -> list[int]:
    """The numbers of a pager around the current page, 0 where some are left out."""
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return [number if isinstance(number, int) else 0 for number in numbers]


@register.filter
def kind_icon(kind: str) -> str:
    """The symbol of a kind of activity, named as the API names it."""
    return KIND_ICONS.get(str(kind), "point")
