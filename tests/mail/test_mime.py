"""What leaves, read back by the standard library's parser."""

import base64
import time
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail.html import clean
from mail.mime import Addressed, Skeleton

HTML = clean(
    '<p>Hi {{ first_name|there }}</p>{% if company %}<p>At {{ company }}</p>{% endif %}<a href="https://a.example/?n=1&b">A</a>'
    '<a href="https://b.example/{{ first_name }}">B</a> <a href="{{ unsubscribe_url }}">Leave</a>'
)  # fmt: skip
LETTER = {
    "subject": "For {{ first_name|you }}",
    "preheader": "Short & {{ first_name }}",
    "html": HTML,
    "text": "",
    "from_name": "Heshbonit4U",
    "from_address": "news@heshbonit4u.example",
}
ONE = Addressed(
    to="ann@lead.example",
    message_id="0b1c@heshbonit4u.example",
    values={"first_name": "Ann", "company": "Acme"},
    date=datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
    link_urls=["https://t.example/c/1?a=1&b=2", "https://t.example/c/2"],
    pixel_url="https://t.example/o/1",
    unsubscribe_url="https://t.example/u/1",
)


def made(one: Addressed = ONE, *, eight_bit: bool = True, **letter: object) -> EmailMessage:
    raw = Skeleton(**{**LETTER, **letter}).bytes_for(one, eight_bit=eight_bit)
    assert set(raw.replace(b"\r\n", b"")).isdisjoint(b"\r\n")
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    message = message_from_bytes(raw, policy=default)
    assert not message.defects
    return message


def parts(message: EmailMessage) -> tuple[str, str]:
    text, html = message.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    return text.get_content().replace("\r\n", "\n"), html.get_content().replace("\r\n", "\n")


def named(name: str) -> Addressed:
    return replace(ONE, values={"first_name": name})


def test_a_letter_has_every_header_it_needs():
    message = made(reply_to="ask@heshbonit4u.example")

    assert dict(message.items()) == {
        "From": "Heshbonit4U <news@heshbonit4u.example>",
        "Reply-To": "ask@heshbonit4u.example",
        "To": "ann@lead.example",
        "Subject": "For Ann",
        "Date": "Sun, 01 Mar 2026 09:30:00 +0000",
        "Message-ID": "<0b1c@heshbonit4u.example>",
        "List-Unsubscribe": "<https://t.example/u/1>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "MIME-Version": "1.0",
        "Content-Type": message["Content-Type"],
    }


def test_both_parts_say_the_same_with_links_of_their_own():
    text, html = parts(made())

    assert text == (
        "Hi Ann\n\nAt Acme\n\nA (https://t.example/c/1?a=1&b=2)B (https://t.example/c/2) Leave (https://t.example/u/1)\n"
    )
    assert "<p>Hi Ann</p>" in html
    assert 'href="https://t.example/c/1?a=1&amp;b=2"' in html
    assert 'href="https://t.example/u/1"' in html
    assert "Short &amp; Ann</div>" in html
    assert html.rstrip().endswith(
        '<img src="https://t.example/o/1" width="1" height="1" alt="" style="border:0">\n</body></html>'
    )


def test_an_untracked_letter_keeps_its_addresses():
    text, html = parts(made(named("Ann & Bo"), is_tracked=False))

    assert 'href="https://b.example/Ann%20%26%20Bo"' in html
    assert "https://b.example/Ann%20%26%20Bo" in text
    assert "<img" not in html


def test_only_service_mail_says_it_is_automatic():
    assert made(is_service=True)["Auto-Submitted"] == "auto-generated"
    assert made()["Auto-Submitted"] is None
    assert made(replace(ONE, unsubscribe_url=""))["List-Unsubscribe"] is None


@pytest.mark.parametrize("name", ["שלום עולם", "Zoë 👩‍🔬👍🏽", "=?utf-8?q?x?=", 'A "b" \\c', "x" * 500, "я" * 300, ""])
def test_any_name_arrives_in_the_subject_and_the_sender(name):
    message = made(named(name), from_name=name or "Us")

    assert message["Subject"] == f"For {name[:200] or 'you'}"[:200]
    assert message["From"].addresses[0].addr_spec == "news@heshbonit4u.example"
    said = message["From"].addresses[0].display_name
    assert said.replace(" ", "") == (name[:200] or "Us").replace(" ", "")  # the parser puts blanks between words
    assert parts(message)[0].startswith(f"Hi {name or 'there'}\n")


def test_a_name_cannot_begin_a_header_or_a_part():
    message = made(named("Ann\r\nBcc: all@x.example\r\n\r\n--=_x\r\n<script>"))

    assert message["Bcc"] is None
    assert message["Subject"] == "For Ann Bcc: all@x.example --=_x <script>"
    assert len(list(message.iter_parts())) == 2
    assert "<script>" not in parts(message)[1]


@given(st.text(max_size=40), st.booleans())
def test_whatever_is_put_in_the_message_stays_whole(value, eight_bit):
    one = replace(
        ONE, to=f"a{value}@x.example", message_id=f"m{value}@x", values={"first_name": value, "company": value}
    )

    message = made(one, eight_bit=eight_bit)

    assert len(message.items()) == 9
    assert len(parts(message)) == 2


@pytest.mark.parametrize("name", ["Ann", "שלום " * 300, "x" * 3000])
def test_base64_says_the_same(name):
    plain, encoded = made(named(name)), made(named(name), eight_bit=False)

    assert parts(plain) == parts(encoded)
    assert encoded.as_bytes().isascii()


def test_long_lines_of_the_letter_need_no_base64():
    html = clean("<p>" + "Пять слов и ещё {{ first_name }} " * 200 + "</p>")

    message = made(html=html, is_tracked=False)

    assert [part["Content-Transfer-Encoding"] for part in message.iter_parts()] == ["8bit", "8bit"]


def test_a_text_of_the_marketers_own_is_kept_with_its_links_tracked():
    text = "See https://a.example/?n=1&b.\r\nNot https://a.example/?n=1&bc.\r\n.\r\nBye {{ first_name }}"

    assert parts(made(text=text))[0] == (
        "See https://t.example/c/1?a=1&b=2.\nNot https://a.example/?n=1&bc.\n.\nBye Ann"
    )


def test_thousands_of_letters_a_second_are_written_per_core(capsys):
    body = "<p>" + "Words that explain what we have to say. " * 90 + "</p>"
    skeleton = Skeleton(**{**LETTER, "html": clean(HTML + body + '<a href="https://c.example">C</a>')})
    one = replace(ONE, link_urls=[f"https://t.example/c/{base64.b64encode(bytes(21)).decode()}/{n}" for n in range(3)])

    started = time.thread_time()
    for _ in range(2000):
        size = len(skeleton.bytes_for(one))
    rate = 2000 / (time.thread_time() - started)

    with capsys.disabled():
        print(f" [{rate:,.0f} messages of {size:,} bytes a second] ", end="")
    assert rate > 3000
