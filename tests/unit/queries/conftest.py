import pytest

from multicentric.mapping.load import parse_mapping
from multicentric.queries.words import load_words
from tests.unit.queries.cases import DICTIONARY, MAPPING


@pytest.fixture
def dictionary():
    return DICTIONARY


@pytest.fixture
def mapping():
    return parse_mapping(MAPPING)


@pytest.fixture
def words():
    return load_words("en", DICTIONARY)
