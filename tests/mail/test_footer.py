"""Every letter has a way out that its reader sees."""

import pytest

from mail.footer import language_of, needs_way_out, with_way_out
from mail.html import clean

OWN = '<p>Hi</p><a href="{{ unsubscribe_url }}">Leave</a>'


def test_a_letter_without_a_way_out_gets_one():
    html, text = with_way_out(clean("<p>Hi</p>"), "Hi")

    assert html.count('href="{{ unsubscribe_url }}"') == 1
    assert "Unsubscribe</a>" in html
    assert text == "Hi\n\nUnsubscribe: {{ unsubscribe_url }}\n"


def test_a_letter_with_a_way_out_stays_as_it_is():
    assert with_way_out(clean(OWN), "Leave: {{ unsubscribe_url }}") == (clean(OWN), "Leave: {{ unsubscribe_url }}")


def test_a_text_to_be_made_of_the_html_stays_empty():
    assert with_way_out(clean(OWN), " ")[1] == " "


@pytest.mark.parametrize(
    "html",
    [
        '<a href="{{ unsubscribe_url }}"></a>',
        '<a href="{{ unsubscribe_url }}"><b> </b></a>',
        "<p>{{ unsubscribe_url }}</p>",
        '{% if company %}<a href="{{ unsubscribe_url }}">Leave</a>{% endif %}',
        '<a href="{{ preferences_url }}">Preferences</a>',
    ],
)
def test_a_way_out_that_not_everybody_sees_is_none(html):
    assert needs_way_out(clean(html))


def test_a_choice_with_a_way_out_on_both_sides_has_one():
    side = '<a href="{{ unsubscribe_url }}">Leave</a>'

    assert not needs_way_out(clean(f"{{% if company %}}{side}{{% else %}}<p>{side}</p>{{% endif %}}"))


@pytest.mark.parametrize(
    ("html", "language"),
    [("<p>Hello {{ first_name }}</p>", "en"), ("<p>שלום {{ first_name|לקוח }}</p>", "he"), ("<p>Привет</p>", "ru")],
)
def test_the_language_of_a_letter_is_that_of_its_letters(html, language):
    assert language_of(html) == language
