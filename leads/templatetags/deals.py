"""How money and expected days are written."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import template
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from leads.models import BuyingRole, PassKind
from leads.queries.win_rate import WinRate

register = template.Library()


@register.simple_tag
def money(amount: Decimal | None, currency: str = "") -> SafeString | str:
    """An amount with its currency, cents only where there are some; a dash for none."""
    if amount is None:
        return "–"
    places = 0 if amount == amount.to_integral_value() else 2
    text = number_format(amount, decimal_pos=places, force_grouping=True)
    return format_html('<bdi dir="ltr" class="lc-nowrap">{} {}</bdi>', text, currency) if currency else text


@register.filter
def whole_money(amount: Decimal | None) -> str:
    """An amount without cents, for lines of a forecast."""
    return "–" if amount is None else number_format(amount, decimal_pos=0, force_grouping=True)


@register.filter
def rate_text(rate: WinRate) -> str:
    """The win rate in percent."""
    return "–" if rate.rate is None else f"{number_format(100 * rate.rate, decimal_pos=0)} %"


@register.filter
def limits_text(rate: WinRate) -> str:
    """Where the win rate lies with 95 % confidence."""
    return f"{100 * rate.limits[0]:.0f}–{100 * rate.limits[1]:.0f} %" if rate.limits else "–"


@register.filter
def role_word(role: str) -> str:
    """A role in the decision in the reader's language."""
    return str(BuyingRole(role).label) if role in BuyingRole.values else ""


@register.filter
def kind_of_pass(kind: str) -> str:
    """Why a pass began, in the reader's language."""
    return str(PassKind(kind).label) if kind in PassKind.values else ""


@register.filter
def is_past(day: date | None, today: date) -> bool:
    """Whether a day has passed."""
    return day is not None and day < today


@register.filter
def of(found: dict[Any, Any], key: Any) -> Any:
    """What a mapping holds for a key."""
    return found.get(key, "")
