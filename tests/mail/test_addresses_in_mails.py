"""The addresses as they stand in a mail that really left: each of them works."""

import re
from email import message_from_bytes
from email.policy import default
from html import unescape
from urllib.parse import urlsplit

import pytest

from chaos.sink import Sink
from leads.models import Contactability
from mail.deliver import deliver
from mail.line import SmtpLine
from mail.models import Hit
from tests.factories import make_lead, make_letter, plan_mail
from tests.mail.tracked import reader
from users.clock import database_now

pytestmark = pytest.mark.django_db


def path(url: str) -> str:
    return urlsplit(url).path


@pytest.fixture
def mail(server: Sink, line: SmtpLine):
    """What the mail server took, to Dana."""
    link = "https://site.example/a?n={{ first_name }}#part"
    letter = make_letter(
        html=f'<p><a href="{link}">look</a> <a href="{{{{ unsubscribe_url }}}}">no more</a></p>', text=""
    )
    plan_mail([make_lead(consent=True, first_name="Dana Levi")], letter)
    deliver(line, now=database_now())
    assert server.kept is not None
    ((_to, content),) = server.kept
    return message_from_bytes(content, policy=default)


def test_links_pixel_and_text_lead_where_they_should(mail):
    html = mail.get_body(("html",)).get_content()
    hrefs = [unescape(href) for href in re.findall(r'href="([^"]+)"', html)]
    (picture,) = re.findall(r'src="([^"]+/m/o/[^"]+)"', html)
    assert not any("site.example" in href for href in hrefs)

    followed = reader().get(path(hrefs[0]))
    assert followed["Location"] == "https://site.example/a?n=Dana%20Levi#part"
    assert reader().get(path(picture)).status_code == 200
    assert "No more mails?" in reader().get(path(hrefs[1])).content.decode()
    assert sorted(Hit.objects.values_list("kind", flat=True)) == ["click", "open"]


def test_the_header_unsubscribes_with_one_post(mail):
    url = mail["List-Unsubscribe"].strip("<>")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    answer = reader().post(path(url), "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")

    assert answer.status_code == 200
    assert Contactability.objects.get().consent == "withdrawn"
