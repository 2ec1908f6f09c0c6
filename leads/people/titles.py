"""Classes of job titles: what their words may be, and saving one."""

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import DataError, connection, transaction
from django.utils.translation import gettext as _

from leads.activity.news import change_rules, touch_all
from leads.conditions.titles import pattern
from leads.models import TitleClass

MOST_WORDS = 200


def checked_words(lines: Sequence[str]) -> list[str]:
    """The words of a class as typed, one a line, without blanks and repeats. Raises ValidationError."""
    words = list(dict.fromkeys(" ".join(line.split()) for line in lines if line.strip()))
    if not 1 <= len(words) <= MOST_WORDS:
        raise ValidationError(_("Give 1 to %(n)d words, one a line.") % {"n": MOST_WORDS})
    for word in words:
        if "*" in word.removesuffix("*") or not any(letter.isalnum() for letter in word) or "\x00" in word:
            raise ValidationError(
                _("“%(word)s”: write letters or digits, and a * at the end only, for any ending."),
                params={"word": word},
            )
    return words


@transaction.atomic
def save_title_class(row: TitleClass) -> None:
    """Save a class; every lead is judged anew, for rules and criteria may ask for it.

    Raises ValidationError where its words are more than the database can search for.
    """
    change_rules()
    row.words = checked_words(row.words)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT '' ~ %s", [pattern(row.words)])
    except DataError:
        raise ValidationError(_("These are too many or too long words to search for. Use fewer.")) from None
    row.save()
    touch_all()
