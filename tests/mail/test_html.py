"""Letters' HTML: what is kept, what is taken out, and that merge tags survive every step."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail.html import as_text, clean, links, with_links, wrap
from mail.tags import TagRefused, compile_tags

TAGGED = (
    '<p>Hi {{ first_name|there }}, <a href="https://x.example/?n={{ first_name }}">read</a></p>'
    '{% if company %}<p title="{{ company }}">At {{ company }}</p>{% else %}<p>Alone</p>{% endif %}'
    '<a href="{{ unsubscribe_url }}">leave</a>'
)
pieces = st.sampled_from(
    [
        *("<p>", "</p>", "<b>", "</b>", "<table>", "<tr><td>", "</td></tr>", "</table>", "<ul><li>", "</ul>", "<br>"),
        *("{{ first_name }}", "{{ company|you & me }}", "{% if email %}", "{% else %}", "{% endif %}"),
        *("<pre> a\n b</pre>", "<i>"),
        *('<a href="https://a.example/{{ email }}?b=1&c">', '<a href="{{ preferences_url }}">', "</a>"),
        *("<img alt='", "'>"),
        *(" some words ", "&amp; ", "tag0x1y", "&#116;ag0x7y", "<!-- no -->", '<i title="', '">', "<script>", "שלום "),
    ]
)  # fmt: skip


def safe(source: str) -> str | None:
    try:
        return clean(source)
    except TagRefused:
        return None


def test_merge_tags_survive_in_text_attributes_and_between_elements():
    assert clean(TAGGED) == TAGGED


def test_conditions_stay_where_they_are_in_tables():
    row = "<table><tbody>{% if company %}<tr><td>{{ company }}</td></tr>{% endif %}</tbody></table>"

    assert clean(row) == row


@pytest.mark.parametrize(
    ("source", "cleaned"),
    [
        ("<script>x</script>a<style>b</style>", "a"),
        ('<p onclick="x" class="y">a</p>', "<p>a</p>"),
        ('<a href="javascript:x">a</a>', "<a>a</a>"),
        ('<a href=" &#106;avascript:x">a</a>', "<a>a</a>"),
        ('<a href="/local">a</a>', "<a>a</a>"),
        ('<a href="{{ first_name }}">a</a>', "<a>a</a>"),
        ('<a href="{{ unsubscribe_url }}x">a</a>', '<a href="{{ unsubscribe_url }}x">a</a>'),
        ('<a href="mailto:a@b.example">a</a>', '<a href="mailto:a@b.example">a</a>'),
        ('<img src="data:image/png;base64,x" alt="a">', '<img alt="a">'),
        ('<img src="{{ preferences_url }}">', "<img>"),
        ('<p style="color:red;position:fixed;background:url(https://t.example)">a</p>', '<p style="color:red">a</p>'),
        ('<p style="color:{{ company }};width:9px">a</p>', '<p style="width:9px">a</p>'),
        ("<!--[if mso]><b>x</b><![endif]-->a<!-- b -->", "a"),
        ("<p>tag0x5y &#116;ag0x5y {{ email }}", "<p>tag0x5y tag0x5y {{ email }}</p>"),
        ("<p>&#116;ag0x5y {{ email }}", "<p> {{ email }}</p>"),
        ("<iframe src='https://x.example'></iframe><form><input>a</form>", "a"),
    ],
)
def test_what_cleaning_leaves(source, cleaned):
    assert clean(source) == cleaned


@pytest.mark.parametrize("source", ["<p>{% <script>x</script> %}</p>", "{{ <b> }}", '<i title="{{ email|"x }}">'])
def test_markup_cannot_hide_in_tags(source):
    with pytest.raises(TagRefused):
        clean(source)


@given(st.lists(pieces, max_size=14).map("".join))
def test_cleaning_twice_changes_nothing_and_lines_can_be_wrapped(source):
    cleaned = safe(source)
    if cleaned is None:
        return

    assert clean(cleaned) == cleaned
    wrapped = wrap(cleaned, 40)
    assert re.sub(r"\s+", " ", clean(wrapped)) == re.sub(r"\s+", " ", cleaned)
    assert links(wrapped) == links(cleaned)
    compile_tags(as_text(cleaned))


def test_links_are_those_to_the_web_in_order():
    html = TAGGED + '<p><a href="https://b.example/?a=1&amp;b=2">b</a> <a href="mailto:a@b.example">m</a></p>'

    assert links(html) == ["https://x.example/?n={{ first_name }}", "https://b.example/?a=1&b=2"]


def test_links_are_replaced_by_number():
    html = with_links(TAGGED + '<a href="https://b.example">b</a>', lambda number: f"LINK{number}")

    assert re.findall('href="([^"]*)"', html) == ["LINK1", "{{ unsubscribe_url }}", "LINK2"]


def test_long_lines_are_broken_out_of_sight():
    html = clean("<p>" + "<b>wort</b>" * 300 + "x " * 900 + "</p><pre>" + "y  y " * 20 + "</pre>")

    wrapped = wrap(html)

    assert max(len(line) for line in wrapped.split("\n")) <= 900
    assert clean(wrapped).replace("\n", " ") == html.replace("\n", " ")
    assert "y  y " * 20 in wrapped


def test_a_text_is_made_of_html():
    html = (
        "<h1>Hello\n {{ first_name|there }}</h1><p>See <a href='https://x.example/?a=1&amp;b=2'>our   report</a>."
        "<br>Bye</p>"
        "{% if company %}<p>At {{ company }}</p>{% endif %}<p>Points:</p><ul><li>one</li><li>two</li></ul>"
        "<ol><li>first</li><li><p>second</p></li></ol><table><tr><td>a</td><td>b</td></tr></table>"
        "<a href='mailto:a@b.example'>a@b.example</a> <a href='{{ unsubscribe_url }}'>Leave</a>"
    )  # fmt: skip

    text = compile_tags(as_text(clean(html))).render({"company": "Acme", "unsubscribe_url": "https://u.example"}, str)

    assert text == (
        "Hello there\n\nSee our report (https://x.example/?a=1&b=2).\nBye\n\nAt Acme\n\nPoints:\n\n- one\n- two\n\n"
        "1. first\n2. second\n\na b\n\na@b.example Leave (https://u.example)\n"
    )


def test_what_a_condition_leaves_out_leaves_no_hole_in_the_text():
    text = as_text(clean("<p>a</p>{% if company %}<p>b</p>{% endif %}<p>c</p>"))

    assert compile_tags(text).render({}, str) == "a\n\nc\n"
