"""How a message stands, in words: one wording for every page."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from mail.models import Message, State, Why

Text = str | Promise

# Word, icon and judgement of a state.
STATES: Mapping[str, tuple[Text, str, str]] = {
    State.PLANNED: (_("due"), "clock", "none"),
    State.CLAIMED: (_("leaving"), "send", "none"),
    State.HANDING: (_("leaving"), "send", "none"),
    State.SENT: (_("sent"), "check", "good"),
    State.SKIPPED: (_("not sent"), "ban", "fair"),
    State.FAILED: (_("failed"), "circle-x", "failing"),
    State.UNCERTAIN: (_("uncertain"), "alert-triangle", "fair"),
}
# Why, to somebody who asks "why did it not go?" and what would help.
REASONS: Mapping[str, Text] = {
    Why.NO_ADDRESS: _("The lead has no e-mail address."),
    Why.NO_CONSENT: _("The lead never consented to mail."),
    Why.WITHDRAWN: _("The lead unsubscribed."),
    Why.SUPPRESSED: _("The address is suppressed; the lead's page says why."),
    Why.ARCHIVED: _("The lead is archived."),
    Why.BOUNCED: _("The address does not exist, says its mail server. The lead is suppressed."),
    Why.REFUSED: _("The mail server refused the mail."),
    Why.EXPIRED: _("The mail server did not take it within two days of trying."),
    Why.LINE_LOST: _("The line was lost while the mail server answered."),
    Why.WORKER_LOST: _("The worker ended while it handed the mail over."),
    Why.UNBUILDABLE: _("The mail could not be made; the server's log says why."),
    Why.GIVEN_UP: _("Given up by a person, or called off with its sequence."),
}


def why(message: Message) -> Text:
    """The reason in a sentence; empty where nothing is to be explained."""
    if message.state == State.PLANNED and message.attempts:
        return _("The mail server asked to try again later.")
    return REASONS.get(message.reason, "")
