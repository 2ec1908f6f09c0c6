"""What keeps a letter from being stored, and what is stored of it."""

import pytest

from mail.letters import LetterRefused, LetterSpec, check, prepare

GOOD = {"name": "News", "subject": "Hi {{ first_name }}", "html": "<p>Hello</p>"}


@pytest.mark.parametrize(
    ("field", "source", "place"),
    [
        ("subject", "Hi {{ frist_name }}", (1, 4)),
        ("html", "<p>a</p>\n<p>{% if company %}</p>", (2, 4)),
        ("text", "a {{ b", (1, 3)),
        ("html", "<script>{% if company %}</script>a{% endif %}", (0, 0)),
        ("subject", "Hi\r\nBcc: all@x.example", (0, 0)),
        ("subject", " ", (0, 0)),
        ("html", f'<a href="https://x.example/{"y" * 2000}">a</a>', (0, 0)),
    ],
)
def test_a_letter_is_refused_with_the_place(field, source, place):
    (problem,) = check(LetterSpec(**{**GOOD, field: source}))

    assert (problem.field, problem.line, problem.column) == (field, *place)


@pytest.mark.django_db
def test_a_letter_is_stored_cleaned_with_its_links():
    html = '<a href="https://a.example" onclick="x">a</a><a href="https://b.example/?n={{ email }}">b</a>'

    letter = prepare(LetterSpec(**{**GOOD, "html": html}), campaign_id=None, sender_id=None)

    assert "onclick" not in letter.html
    assert list(letter.links.values_list("number", "url")) == [
        (1, "https://a.example"),
        (2, "https://b.example/?n={{ email }}"),
    ]


@pytest.mark.django_db
def test_a_refused_letter_says_why():
    with pytest.raises(LetterRefused, match="first_name"):
        prepare(LetterSpec(**{**GOOD, "subject": "{{ frist_name }}"}), campaign_id=None, sender_id=None)
