"""The merge language: what it fills in, what it refuses and where, and that no value is ever read as a tag."""

import html
import time
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail.tags import NAMES, TagRefused, compile_tags, in_header, in_html, in_text, in_url

plain = st.text(max_size=60).filter(lambda text: "{{" not in text and "{%" not in text)
names = st.sampled_from(sorted(NAMES))


def rendered(source: str, **values: str) -> str:
    return compile_tags(source).render(values, in_html)


@given(plain)
def test_text_without_tags_comes_back_unchanged(text):
    assert compile_tags(text).render({}, in_html) == text


@given(names, st.text(max_size=60))
def test_a_value_is_never_read_as_a_tag(name, value):
    filled = compile_tags("[{{ " + name + " }}]").render({name: value + "{{ email }}"}, str)

    assert filled == f"[{(value + '{{ email }}').strip()}]"


@given(st.lists(names, max_size=8), st.dictionaries(names, st.text(max_size=10)))
def test_every_value_is_escaped_exactly_once(wanted, values):
    seen = []
    source = "".join("{{ " + name + "|none }}," for name in wanted)

    filled = compile_tags(source).render(values, lambda value: seen.append(value) or f"<{value}>")

    expected = [values.get(name, "").strip() or "none" for name in wanted]
    assert seen == expected
    assert filled == "".join(f"<{value}>," for value in expected)


@given(plain, names)
def test_a_refusal_names_the_place(before, name):
    before = before.replace("{", "(")

    with pytest.raises(TagRefused) as refused:
        compile_tags(before + "{{ " + name + "x }} {{ email }}")

    lines = before.split("\n")
    assert (refused.value.line, refused.value.column) == (len(lines), len(lines[-1]) + 1)
    assert f"“{name}”" in refused.value.message


@pytest.mark.parametrize(
    ("source", "values", "expected"),
    [
        ("Hi {{ first_name }}!", {"first_name": "<Ann>"}, "Hi &lt;Ann&gt;!"),
        ("Hi {{first_name|there & all}}!", {"first_name": "  "}, "Hi there &amp; all!"),
        ("{% if company %}at {{ company }}{% else %}alone{% endif %}", {"company": "Acme"}, "at Acme"),
        ("{% if company %}at {{ company }}{% else %}alone{% endif %}", {}, "alone"),
        ("{% if company %}{% if campaign %}both{% endif %}.{% endif %}", {"company": "A", "campaign": "B"}, "both."),
        ("https://a.example/?n={{ first_name }}&m={{ company }}", {"first_name": "A&b", "company": "ü"},
         "https://a.example/?n=A%26b&m=%C3%BC"),
        ('<a href="{{ preferences_url }}">', {"preferences_url": "https://a.example/?a=1&b=2"},
         '<a href="https://a.example/?a=1&amp;b=2">'),
        ("100% { {x} } }} %}", {}, "100% { {x} } }} %}"),
    ],
)  # fmt: skip
def test_what_is_filled_in(source, values, expected):
    assert rendered(source, **values) == expected


@pytest.mark.parametrize(
    ("source", "line", "column", "said"),
    [
        ("{{ frist_name }}", 1, 1, "first_name"),
        ("a\nbc {{ }}", 2, 4, "nearest"),
        ("x {{ first_name", 1, 3, "}}"),
        ("{{ first_name {{ company }}", 1, 1, "}}"),
        ("{% if company", 1, 1, "%}"),
        ("{% for x in y %}", 1, 1, "if name"),
        ("{% if company == 1 %}{% endif %}", 1, 1, "if name"),
        ("ok\n{% if company %}", 2, 1, "endif"),
        ("{% else %}", 1, 1, "else"),
        ("{% if email %}{% else %}{% else %}{% endif %}", 1, 25, "else"),
        ("{% endif %}", 1, 1, "endif"),
        ("{% if email %}" * 4 + "{% endif %}" * 4, 1, 43, "3 deep"),
        ("a {{ company|<b> }}", 1, 3, "plain"),
        ("{{ first_name.__class__ }}", 1, 1, "first_name"),
    ],
)
def test_what_is_refused(source, line, column, said):
    with pytest.raises(TagRefused, match=said.replace("}", r"\}")) as refused:
        compile_tags(source)

    assert (refused.value.line, refused.value.column) == (line, column)


def test_names_tell_what_a_template_needs():
    template = compile_tags("{% if company %}{{ first_name }}{% else %}{{ email }}{% endif %}")

    assert template.names == {"company", "first_name", "email"}
    assert hash(template) == hash(compile_tags("{% if company %}{{ first_name }}{% else %}{{ email }}{% endif %}"))


@given(st.text())
def test_escapes_let_nothing_out_of_their_place(value):
    assert html.unescape(in_html(value)) == in_text(value)
    assert not set(in_html(value)) & set("<>\"'\r\n\0")
    assert not set(in_text(value)) & set("\r\n\0\x1b")
    header = in_header(value)
    assert len(header) <= 200
    assert not set(header) & set("\r\n\0\t\u202e")
    assert in_header(header) == header
    assert unquote(in_url(value)) == in_text(value)
    assert set(in_url(value)).isdisjoint("&?#/ \"'<>")


def test_thousands_of_letters_a_second_are_filled_in():
    wanted = ("first_name", "company", "campaign", "sender_name", "job_title", "unsubscribe_url")
    template = compile_tags("".join("x" * 850 + "{{ " + name + "|you }}" for name in wanted))
    values = {name: f"{name} & co" for name in wanted}

    started = time.thread_time()
    for _ in range(2000):
        template.render(values, in_html)

    assert 2000 / (time.thread_time() - started) > 5000
