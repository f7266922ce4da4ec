"""The ledger's place is a setting within bounds."""

import pytest
from pydantic import ValidationError

from multicentric.settings import Audit


@pytest.mark.parametrize("place", ["audit/ledger.jsonl", "./record/of study.jsonl"])
def test_a_place_in_the_study_folder_is_taken(place):
    assert Audit(ledger=place).ledger == place.removeprefix("./")


@pytest.mark.parametrize(
    "place",
    ["/etc/ledger.jsonl", "../ledger.jsonl", "a/../../b.jsonl", "results/l.jsonl", "logs/l"],
)
def test_a_place_that_leaves_the_folder_or_dies_with_results_is_refused(place):
    with pytest.raises(ValidationError, match="outside results/ and logs/"):
        Audit(ledger=place)
