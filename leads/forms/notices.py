"""What the centre of notifications shows, and what somebody wishes to be told."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext_lazy as _

from leads.models import MailWish, NoticeKind
from leads.notices.wishes import Wish, Wishes
from users.models import User

UNREAD = "unread"


class NoticeFilter(forms.Form):
    """A tab and a kind; what is not understood narrows nothing."""

    show = forms.ChoiceField(required=False, choices=[("", _("All")), (UNREAD, _("Unread"))])
    kind = forms.ChoiceField(
        label=_("Kind"),
        required=False,
        choices=[("", _("All kinds")), *NoticeKind.choices],
        widget=forms.Select(attrs={"data-submit-on-change": True}),
    )

    def wanted(self) -> dict[str, Any]:
        """The filters as the query takes them."""
        self.is_valid()
        return {"unread_only": self.cleaned_data.get("show") == UNREAD, "kind": self.cleaned_data.get("kind", "")}

    def address(self, **changes: str) -> str:
        """The query of the list with these filters, some changed."""
        self.is_valid()
        values = {name: self.cleaned_data.get(name, "") for name in ("show", "kind")} | changes
        return f"?{urlencode({name: value for name, value in values.items() if value})}"


class WishForm(forms.Form):
    """For each kind: whether it counts as news here, and whether it is mailed. And the quiet hours."""

    quiet_from = forms.TimeField(
        label=_("No mail from"), required=False, widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    )
    quiet_until = forms.TimeField(
        label=_("until"),
        required=False,
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        help_text=_("By your clock. Mails wait until the quiet hours are over."),
    )

    def __init__(self, data: Any = None, *, user: User) -> None:
        super().__init__(data, initial={"quiet_from": user.quiet_from, "quiet_until": user.quiet_until})
        known = Wishes([user.pk])
        for kind in NoticeKind:
            wish = known.of(user.pk, kind)
            self.fields[f"mail_{kind}"] = forms.ChoiceField(
                label=_("Mail: %(kind)s") % {"kind": kind.label}, choices=MailWish.choices, initial=wish.mail
            )
            self.fields[f"in_app_{kind}"] = forms.BooleanField(
                label=_("In the bell: %(kind)s") % {"kind": kind.label}, required=False, initial=wish.in_app
            )

    @property
    def lines(self) -> Iterator[dict[str, Any]]:
        """The kinds, each with its two fields."""
        for kind in NoticeKind:
            yield {"label": kind.label, "mail": self[f"mail_{kind}"], "in_app": self[f"in_app_{kind}"]}

    def wishes(self) -> dict[str, Wish]:
        """What was said, by kind."""
        said = self.cleaned_data
        return {kind.value: Wish(MailWish(said[f"mail_{kind}"]), said[f"in_app_{kind}"]) for kind in NoticeKind}
