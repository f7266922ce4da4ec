"""No number is typed: what stands in the PDF is in the record, and the other way round."""

import hashlib
import re
from collections import Counter

import pytest

from multicentric.report.checklists import guidelines
from tests.unit.report import simulated
from tests.unit.report.conftest import Made, make, plain

NUMBER = re.compile(r"\d+(?:[.,·]\d+)*")


def numbers_in(text: str) -> Counter[str]:
    return Counter(NUMBER.findall(text))


def own_texts(made: Made) -> str:
    """What the study, its dictionary and its centers say themselves."""
    inputs = made.inputs
    said = [inputs.study.model_dump_json(), inputs.run, inputs.settings.study]
    said += [f"{v.label} {v.unit} {v.codes}" for v in inputs.dictionary]
    said += [f"{c['center']} {c['drop']} {c['reason']}" for c in inputs.status["centers"]]
    said += [str(c["delivery"]) for c in inputs.status["centers"]]
    said += [finding["rule"] for c in inputs.status["centers"] for finding in c["findings"]]
    said += [*inputs.software.values(), *inputs.fingerprint.values(), "SHA-256"]
    said += [hashlib.sha256(content).hexdigest() for content, _, _ in made.page.attached.values()]
    said += list(inputs.estimates["note"].dropna())
    for guideline in guidelines().values():
        said += [guideline["source"], *(item["no"] for item in guideline["items"])]
    return " ".join(said)


def places(made: Made) -> str:
    """Numbers of pages, sections, figures, tables."""
    pages = range(1, len(made.pages) + 1)
    labels = re.findall(r"(?:Table|Figure) \d+", made.text)
    sections = re.findall(r"<h2>\s*(?:Appendix )?(\w+)&ensp;|<h2>(\d+)", made.page.html)
    return " ".join([*map(str, pages), *labels, *(a or b for a, b in sections)])


def foreign(made: Made) -> Counter[str]:
    """Numbers printed more often than recorded that are no place and no study's own text."""
    printed = numbers_in(made.text)
    recorded = numbers_in(" ".join(plain(entry.text) for entry in made.page.numbers.printed))
    allowed = set(numbers_in(own_texts(made))) | set(numbers_in(places(made)))
    left = printed - recorded
    return Counter({token: n for token, n in left.items() if token not in allowed})


SCENARIOS = {
    "plain": {},
    "one center": {"centers": ("alpha",)},
    "no event": {"events": False},
    "three groups": {"groups": {"new": "First", "mid": "Second", "old": "Third"}},
}


@pytest.fixture(scope="module", params=SCENARIOS)
def made(request) -> Made:
    return make(simulated.inputs(**SCENARIOS[request.param]))


def test_every_number_in_the_pdf_is_in_the_record(made):
    assert foreign(made) == Counter()


def test_every_recorded_text_stands_in_the_pdf(made):
    text = plain(made.text)
    lost = [e for e in made.page.numbers.printed if plain(e.text) not in text]
    assert lost == []


def test_a_typed_number_is_caught(made):
    tampered = Made(made.inputs, made.page, made.pdf, [*made.pages, "Of all patients, 4.9% died."])
    assert foreign(tampered) == Counter({"4.9": 1})


def test_numbers_of_alternative_texts_are_recorded(made):
    spoken = re.findall(r'alt="([^"]*)"', made.page.html)
    assert spoken
    recorded = set(numbers_in(" ".join(entry.text for entry in made.page.numbers.spoken)))
    for text in spoken:
        assert len(text) <= 250
        assert set(numbers_in(text)) <= recorded | set(numbers_in(own_texts(made)))


def test_recorded_numbers_come_from_the_estimates(report):
    """What is said to be a hazard ratio is the estimates' one, in the report's style."""
    table = report.inputs.estimates
    rows = table[(table["statistic"] == "hazard_ratio") & table["value"].notna()]
    texts = {f"{value:.2f}" for value in rows["value"]}
    entries = [
        entry.text for entry in report.page.numbers.printed if "/hazard_ratio:value" in entry.source
    ]
    assert len(entries) > 10
    assert set(entries) <= texts
