"""Opening senders."""

from django.db import transaction

from mail.models import Sender


@transaction.atomic
def open_sender(*, slug: str, name: str, address: str, reply_to: str = "") -> Sender:
    """Open a sender with the usual rate. Raises ValidationError for a key that is taken or an address that is none."""
    row = Sender(slug=slug, name=name, address=address, reply_to=reply_to)
    row.full_clean()
    row.save()
    return row
