"""Items of reporting guidelines: each leads to the page that answers it, or says who must."""

import re

import pytest

from multicentric.report import compose
from multicentric.report.checklists import TITLE_PAGE, guidelines
from tests.unit.report import simulated
from tests.unit.report.conftest import plain
from tests.unit.report.test_sections import words_of

PLACES = {
    TITLE_PAGE, "methods", "models", "centers", "subgroups", "sensitivity", "quality",
    "limitations", "endpoints", "times", "overlap-score", "diagnostics",
    "figure-flow", "baseline-1", "reasons", "files", "cells", "completeness", "mapping",
    "methods-plan", "methods-design-and-data", "methods-eligibility", "methods-groups",
    "methods-endpoints", "methods-estimation", "methods-cox-models", "methods-center-effects",
    "methods-missing-values", "methods-further-analyses", "methods-reading",
}  # fmt: skip
LENGTHS = {"strobe": 22, "record": 13, "remark": 20, "esmo-grow": 34}


def main_items(id: str) -> set[str]:
    items = [str(item["no"]) for item in guidelines()[id]["items"]]
    return {re.sub(r"(?<=\d)[a-e]$", "", no) for no in items}


@pytest.mark.parametrize("id", guidelines())
def test_every_item_is_there_and_says_where_or_why_not(id):
    assert len(main_items(id)) == LENGTHS[id]
    for item in guidelines()[id]["items"]:
        assert len({"where", "authors", "not_applicable"} & set(item)) == 1
        assert set(item.get("where", [])) <= PLACES
        assert 5 < len(item["text"]) < 110
    assert guidelines()[id]["source"]


def test_the_page_of_an_item_is_the_page_of_its_section(report):
    titles = {s.number: s.title for s in report.page.sections if not s.appendix}
    appendices = {s.number: s.title for s in report.page.sections if s.appendix}
    start = report.text.index("Appendix C STROBE", report.text.index("Software"))
    told = report.text[start:]
    found = re.findall(r"(Section|Appendix) (\w+), page (\d+)", told)
    assert len(found) > 30
    paragraphs = re.findall(r"Section 1, ([A-Z][a-z ]+), page (\d+)", told)
    assert {head for head, _ in paragraphs} == {
        paragraph.head for paragraph in report.page.sections[0].paragraphs
    } - {"Software"}
    for head, page in paragraphs:
        assert re.search(rf"\b{head}\. [A-Z]", report.pages[int(page) - 1]), head
    tables = re.findall(r"(Table|Figure) (\d+), page (\d+)", told)
    assert len(tables) > 15
    for kind, number, page in tables:
        assert re.search(rf"\b{kind} {number}\. ", report.pages[int(page) - 1]), (kind, number)
    for kind, number, page in found:
        title = (titles if kind == "Section" else appendices)[number]
        head = f"{'Appendix ' if kind == 'Appendix' else ''}{number} {title}"
        assert plain(head) in report.pages[int(page) - 1]


def test_what_this_report_does_not_hold_is_not_claimed():
    text = words_of(compose(simulated.inputs(texts={})).html)
    assert re.search(r"19 Limitations and direction of bias author to supply", text)
    assert re.search(r"12e Sensitivity analyses not applicable: none was declared", text)


def test_every_item_is_printed(report):
    for guideline in guidelines().values():
        for item in guideline["items"]:
            assert plain(f"{item['no']} {item['text']}") in report.text
