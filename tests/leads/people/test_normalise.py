"""One spelling for each address, whichever way it is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.people import normalise
from leads.people.normalise import normalise_email


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (" Ann.Levi+news@Acme.Example ", "ann.levi+news@acme.example"),
        ("ann@bücher.example", "ann@xn--bcher-kva.example"),
        ("o'neil@acme.example", "o'neil@acme.example"),
    ],
)
def test_an_address_gets_its_one_spelling(text, address):
    assert normalise_email(text) == address


@pytest.mark.parametrize(
    "text",
    ["", "ann", "@acme.example", "ann@", "a..b@acme.example", ".a@acme.example", "a@-x.example", "a b@c.example"],
)
def test_what_is_no_address_is_refused(text):
    with pytest.raises(ValueError, match="no e-mail address"):
        normalise_email(text)


@given(
    st.from_regex(r"[A-Za-z0-9._+@-]{0,70}", fullmatch=True),
    st.sampled_from(["acme.example", "Acme.Example", "a_b.example", "localhost", "b.c.", "x" * 70 + ".example"]),
)
def test_the_short_way_and_the_long_way_agree(local, domain):
    def tried(way):
        try:
            return way(f"{local}@{domain}")
        except ValueError:
            return None

    assert tried(normalise_email) == tried(normalise._thoroughly)
