"""Score models are opened under keys that nothing else has."""

from threading import Barrier, Thread

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from leads.models import ScoreModel
from scoring.open import RESERVED, open_model
from scoring.views.urls import urlpatterns

MARKETING = ScoreModel.Purpose.MARKETING


@pytest.mark.django_db
@pytest.mark.parametrize("slug", sorted(RESERVED))
def test_a_word_of_our_own_addresses_is_no_key(slug: str) -> None:
    with pytest.raises(ValidationError, match="This word is taken"):
        open_model(slug, name="X", purpose=MARKETING)


def test_the_words_of_our_addresses_are_those_refused() -> None:
    parts = [str(pattern.pattern).split("/") for pattern in urlpatterns]

    assert {word for first, word, *_ in parts if first == "scoring" and word and word[0] != "<"} == RESERVED


def test_of_two_who_take_a_key_at_once_one_has_it_and_the_other_is_told(committed_db: None) -> None:
    gate, told = Barrier(2), list[str]()

    def take() -> None:
        gate.wait()
        try:
            open_model("mql", name="MQL", purpose=MARKETING)
            told.append("done")
        except ValidationError as refused:
            told.append(",".join(refused.message_dict))
        finally:
            connection.close()

    threads = [Thread(target=take) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(told) == ["done", "slug"]
    assert ScoreModel.objects.count() == 1
