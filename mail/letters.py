"""Letters as they come from their authors: checked, cleaned, and with every link stored."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from mail import html
from mail.models import Letter, Link
from mail.tags import TagRefused, compile_tags
from users.transactions import one_transaction

LONGEST_LINK = 2000


@dataclass(frozen=True, kw_only=True, slots=True)
class LetterSpec:
    """What the author of a letter writes. Without `text` one is made of the HTML."""

    name: str
    subject: str
    html: str
    preheader: str = ""
    text: str = ""
    is_tracked: bool = True


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a field of a letter, and where: line and column from 1, 0 for the field as a whole."""

    field: str
    message: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        if not self.line:
            return self.message
        place = {"line": self.line, "column": self.column, "message": self.message}
        return _("Line %(line)d, column %(column)d: %(message)s") % place


class LetterRefused(ValueError):
    """The letter cannot be stored; `problems` says why, field by field."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"{one.field}: {one}" for one in problems))
        self.problems = list(problems)


def check(spec: LetterSpec) -> list[Problem]:
    """Everything that keeps a letter from being stored."""
    found = [
        Problem(field, _("Write something here."))
        for field in ("name", "subject", "html")
        if not getattr(spec, field).strip()
    ]
    for field in ("subject", "preheader", "html", "text"):
        try:
            compile_tags(getattr(spec, field))
        except TagRefused as error:
            found.append(Problem(field, error.message, error.line, error.column))
    if any(len(getattr(spec, field).splitlines()) > 1 for field in ("subject", "preheader")):
        found.append(Problem("subject", _("Subject and preview text stand on one line each.")))
    return found or _check_cleaned(spec.html)


def _check_cleaned(source: str) -> list[Problem]:
    try:
        urls = html.links(html.clean(source))
    except TagRefused as error:  # half of a condition stood in markup that does not stay
        return [Problem("html", _("In what stays of this HTML: %(problem)s") % {"problem": error.message})]
    return [Problem("html", words) for url in urls for words in _wrong_with(url)]


def _wrong_with(url: str) -> Iterator[str]:
    if len(url) > LONGEST_LINK:
        yield _("The link to %(url)s is longer than a browser takes.") % {"url": url[:60]}
    if is_site_open(url):
        yield _("The link to %(url)s must name its site; tags stand after the name of the site.") % {"url": url[:60]}


def is_site_open(url: str) -> bool:
    """Whether a value would be part of the site's name: anybody who chose their own name could lead readers away."""
    try:
        return "{" in urlsplit(url).netloc
    except ValueError:  # no site at all
        return True


@one_transaction()
def prepare(
    spec: LetterSpec, *, series: str = "", number: int | None = None, campaign_id: int | None, sender_id: int | None
) -> Letter:
    """Store a letter, cleaned, with its links in their order. Raises LetterRefused."""
    if problems := check(spec):
        raise LetterRefused(problems)
    cleaned = html.clean(spec.html)
    letter = Letter.objects.create(
        name=spec.name.strip(),
        subject=spec.subject.strip(),
        preheader=spec.preheader.strip(),
        html=cleaned,
        text=spec.text.strip(),
        is_tracked=spec.is_tracked,
        series=series,
        number=number,
        campaign_id=campaign_id,
        sender_id=sender_id,
    )
    Link.objects.bulk_create(
        Link(letter=letter, number=number, url=url) for number, url in enumerate(html.links(cleaned), start=1)
    )
    return letter


def spec_of(letter: Letter) -> LetterSpec:
    """What the author wrote, as it was stored."""
    return LetterSpec(
        name=letter.name,
        subject=letter.subject,
        preheader=letter.preheader,
        html=letter.html,
        text=letter.text,
        is_tracked=letter.is_tracked,
    )
