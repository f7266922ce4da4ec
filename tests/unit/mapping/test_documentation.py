"""docs/mapping.md speaks of the language as it is."""

import re
from pathlib import Path

import pytest

from multicentric.documents import parse_document
from multicentric.mapping import language, parse_mapping

TEXT = (Path(__file__).parents[3] / "docs/mapping.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
IN_TABLE = re.findall(r"`(\w+: \{from[^`]*\}|\{[^`]*\})`", TEXT)
HEAD = """\
center: {name: A}
tables:
  patients: {file: a.csv, format: delimited, key: ID}
  imaging: {file: b.xlsx, format: workbook, key: ID, rows: visit}
"""


def test_the_first_example_is_a_whole_mapping():
    assert parse_mapping(BLOCKS[0]).center.name == "Ceyhan"


def test_the_other_examples_fit_into_one():
    filters, collapse, corrections, centers = BLOCKS[1:]
    blocks = collapse.replace("\n", "\n  ") + "last_followup_date: {from: L, dates: [YYYY-MM-DD]}\n"
    mapping = parse_mapping(f"{HEAD}variables:\n  {blocks}{filters}{corrections}{centers}")
    assert mapping.filters[0].id == "training"
    assert mapping.variables["best_response"].collapse.order[0] == "CR"


@pytest.mark.parametrize(
    "example",
    [one for one in IN_TABLE if re.match(r"\w+: |\{(from|checkbox|constant|coalesce|dur)", one)],
)
def test_every_verb_of_the_table_is_written_as_shown(example):
    block = example if re.match(r"\w+: ", example) else f"x: {example}"
    parse_mapping(f"{HEAD}variables:\n  {block.replace('…', 'II: b')}\n")


def test_every_verb_option_and_pick_is_told():
    told = set(re.findall(r"\w+", TEXT))
    keys = {
        info.alias or name
        for model in (
            language.VariableBlock,
            language.Number,
            language.Collapse,
            language.Table,
            language.Correction,
            language.Duration,
            language.Within,
            language.Mapping,
        )
        for name, info in model.model_fields.items()
    } - {"note"}
    assert keys - told == set()
    assert set(parse_document(TEXT.split("```")[1].removeprefix("yaml"), "x").value) <= told
