"""The demo's sequences: five mails in two weeks, a gate before the third, one sequence for each campaign."""

from datetime import datetime
from typing import Any

from leadcrm.demo.shapes import MAIL_DAYS
from leads.models import Campaign
from mail.letters import LetterSpec
from mail.senders import open_sender
from nurturing.publish import Draft, StepSpec, open_sequence, publish_version, save_draft

SITE = "https://heshbonit4u.example"
# Campaign: key and name of its sequence.
SEQUENCES = {
    "oecd-study-last-year": ("oecd-nurture-last-year", "OECD study, last year"),
    "oecd-study": ("oecd-nurture", "OECD study, five mails in 14 days"),
    "always-on": ("always-on-nurture", "Always on, five mails in 14 days"),
}
# Name, subject, preview text, paragraphs, label and path of the call to action.
_LETTERS = [
    (
        "introduction",
        "{{ first_name|Good day }}, what 1,200 finance teams told the OECD",
        "The three findings that surprised us",
        [
            "Thank you for reading the OECD study on electronic invoicing.",
            "We went through its 214 pages for you. Three findings stand out: invoices across borders cost four times"
            " as much as domestic ones, one in nine is corrected at least once, and finance teams above 100 people"
            " spend eleven days a month on it{% if company %}; perhaps {{ company }} too{% endif %}.",
        ],
        "See the three findings",
        "/blog/oecd-findings",
    ),
    (
        "main problems",
        "Where invoices go wrong, and what it costs",
        "Currencies, tax numbers, corrections",
        [
            "Most errors come from three places: currencies, tax numbers and corrections after the fact.",
            "Our short list shows how to find them in an afternoon, with what you have.",
        ],
        "Get the check list",
        "/blog/invoice-errors",
    ),
    (
        "solutions",
        "Three ways to stop correcting invoices",
        "With and without new software",
        [
            "There are three ways out, and only one of them needs software.",
            "We compare them by cost, time and risk for a company with customers in several countries.",
        ],
        "Compare the three ways",
        "/product",
    ),
    (
        "success stories",
        "How a company of 300 people closed its books four days earlier",
        "Told by its chief financial officer",
        [
            "Their invoices left in six currencies, and came back in all of them.",
            "Ten weeks later they closed the month four days earlier. Their CFO tells what worked and what did not.",
        ],
        "Read the story",
        "/customers",
    ),
    (
        "invitation to a demo",
        "{{ first_name|May we show you }}: 20 minutes, your own invoices",
        "Free demo, or try it for 30 days",
        [
            "Bring three invoices that gave you trouble; we show what would have happened to them.",
            "Or try it alone for 30 days, without a card.",
        ],
        "Choose a time",
        "/demo",
    ),
]


def set_up_sequences(*, marketer: int, now: datetime) -> None:
    """Publish a sequence for each campaign; who consents and comes by the campaign enters it."""
    sender = open_sender(slug="dana", name="Dana Levi, Heshbonit4U", address="dana@heshbonit4u.example")
    for slug, (key, name) in SEQUENCES.items():
        campaign = Campaign.objects.get(slug=slug)
        sequence = open_sequence(slug=key, name=name, campaign_id=campaign.pk, sender_id=sender.pk)
        save_draft(sequence, Draft(entry=_entry(slug), steps=_steps(key)))
        publish_version(sequence, by=marketer, now=now)


def _entry(campaign: str) -> dict[str, Any]:
    came = {"leaf": "source", "field": "campaign", "value": [campaign]}
    return {"all": [{"leaf": "consent", "value": True}, came]}


def _steps(series: str) -> list[StepSpec]:
    """Mails on their days, with the gate where the third would leave."""
    steps: list[StepSpec] = []
    before = 0
    for (number, day), letter in zip(MAIL_DAYS.items(), _LETTERS, strict=True):
        if day > before:
            steps.append(StepSpec(wait_days=day - before))
        if number == 3:
            steps.append(StepSpec(condition=_opened(series, [1, 2])))
        steps.append(StepSpec(letter=_letter(*letter)))
        before = day
    return steps


def _opened(series: str, mails: list[int]) -> dict[str, Any]:
    opened = {"leaf": "activity", "measure": "count", "op": "gte", "value": 1, "kinds": ["mail_open"]}
    return {**opened, "mails": mails, "documents": [series]}


def _letter(name: str, subject: str, preheader: str, paragraphs: list[str], action: str, path: str) -> LetterSpec:
    text = "".join(f'<p style="margin:0 0 16px">{paragraph}</p>' for paragraph in paragraphs)
    html = (
        '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="background-color:#faf7f2">'
        '<tr><td align="center" style="padding:24px 12px">'
        '<table role="presentation" width="100%" cellpadding="0" cellspacing="0"'
        ' style="max-width:560px;width:100%;background-color:#ffffff;border-radius:6px">'
        '<tr><td style="padding:28px 32px;font-family:Arial,sans-serif;font-size:15px;line-height:1.55;color:#211e1a">'
        '<p style="margin:0 0 20px;font-size:13px;color:#6c655a">Heshbonit4U</p>'
        '<p style="margin:0 0 16px">Hello {{ first_name|there }},</p>'
        f"{text}"
        f'<p style="margin:24px 0"><a href="{SITE}{path}" style="background-color:#5233b4;color:#ffffff;'
        f'padding:10px 18px;border-radius:4px;text-decoration:none">{action}</a></p>'
        f'<p style="margin:0 0 16px">More on our <a href="{SITE}/pricing">prices</a>.</p>'
        '<p style="margin:0">Dana Levi<br>Heshbonit4U</p></td></tr>'
        '<tr><td style="padding:0 32px 24px;font-family:Arial,sans-serif;font-size:12px;color:#6c655a">'
        "You asked for our study and agreed to receive mails like this one."
        ' <a href="{{ unsubscribe_url }}">Unsubscribe</a></td></tr></table></td></tr></table>'
    )
    return LetterSpec(name=name, subject=subject, preheader=preheader, html=html)
