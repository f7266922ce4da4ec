"""A draft as the text of a mapping: what is certain is said, all else stands in comments."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence

from multicentric.dictionary import Dictionary, Variable
from multicentric.draft.columns import MOST_CODES, Column
from multicentric.draft.draft import Draft, DraftTable
from multicentric.draft.identifiers import looks_like_a_name, looks_personal
from multicentric.draft.matching import Proposal
from multicentric.draft.values import Option, numbers_seen
from multicentric.mapping.folding import tidy

_LONGEST_TEXT = 40
_HEAD = """\
# yaml-language-server: $schema=../../schemas/mapping.schema.json
# A draft, made by `multicentric draft` from the files alone. What it says is certain by the names
# of the columns and their texts, and is still to be read by a person. What is only likely, and any
# text whose meaning is open, stands in comments with its count: complete it, remove the line with
# `undetermined`, then ask `multicentric check`."""


def mapping_text(draft: Draft, dictionary: Dictionary) -> str:
    """Write a draft as a mapping that loads.

    Texts of columns that may identify a person, of keys and of dates are never quoted.
    """
    lines = [_HEAD]
    lines += [f"# {_comment(note)}" for note in draft.notes]
    lines.append(f"center: {{name: {_scalar(draft.center)}, language: {draft.language}}}")
    if draft.ignore_case:
        lines += ["", "text: {case: ignored} # some words stand in capitals here, small there"]
    lines += _suggested("centers", "one file of several centers?", draft.centers)
    lines += ["", "tables:"]
    for table in draft.tables:
        lines += _table(table)
    lines += _suggested("filters", "rows that are no patient? Give a reason.", draft.filters)
    lines += ["", "variables:"]
    blocks = [line for variable in dictionary for line in _variable(variable, draft)]
    return "\n".join([*lines, *blocks[1:], *_left_over(draft)]) + "\n"


def _table(table: DraftTable) -> Iterator[str]:
    yield f"  {table.found.name}:"
    for option, value in table.found.shape.items():
        yield from _option(option, value, 4)
    if table.decimal == ",":
        yield '    decimal: ","'
    yield "    numbered: yes" if table.key is None else f"    key: {_scalar(table.key)}"
    if table.visits:
        yield "    rows: visit # an id stands in several rows"


def _variable(variable: Variable, draft: Draft) -> Iterator[str]:
    proposals = [one for one in draft.proposals if one.variable.name == variable.name]
    written = next((one for one in proposals if _is_written(one)), None)
    yield ""
    if written is not None:
        yield f"  # {_sure(written)}"
        yield from _block(written, draft)
        return
    if not proposals:
        yield from _undetermined(variable, "no column was recognized")
        return
    for one in proposals:
        yield f"  # {_sure(one)}"
        yield from (_commented(line) for line in _block(one, draft))
    columns = " or ".join(f"'{one.column.heading}'" for one in proposals)
    yield from _undetermined(variable, f"see the proposal above, column {columns}")


def _is_written(one: Proposal) -> bool:
    return one.confidence == "certain" and one.reading.complete


def _undetermined(variable: Variable, why: str) -> Iterator[str]:
    reason = _scalar(f"Draft: {why}.")
    yield f"  {variable.name}: {{status: undetermined, reason: {reason}}}"


def _block(one: Proposal, draft: Draft) -> Iterator[str]:
    column, reading = one.column, one.reading
    yield f"  {one.variable.name}:"
    if column.table != draft.tables[0].found.name:
        yield f"    table: {_scalar(column.table)}"
    box = "___" in column.heading and one.variable.kind == "flag"
    yield f"    {'checkbox' if box else 'from'}: {_scalar(column.heading)}"
    if one.separator:
        yield f"    contains: {_scalar(one.item)}"
        yield f"    separator: {_scalar(one.separator)}"
    for option, value in reading.options.items():
        yield from _option(option, value, 4, _counts(one, option))
    if reading.fit == "classes":
        yield "    number: {unit: } # which unit?"
        yield from (f"    {line}" for line in _classes(one))
    if one.collapse:
        yield f"    {one.collapse}"
    yield from (f"    # {_comment(doubt)}" for doubt in reading.doubts)
    if _is_blank(one):
        yield f"    {'labels' if column.labels else 'codes'}:"
        yield from (f"      {line}" for line in _open(one))
    elif reading.open:
        yield "    # open:"
        yield from (f"    #   {line}" for line in _open(one))


def _classes(one: Proposal) -> Iterator[str]:
    """Classes to be set: a blank for every code, what the dictionary says, and the numbers seen."""
    yield 'classes: # from which number on is it which code? Write like ">= 1, < 10"'
    yield from (f'  "": {_scalar(code)}' for code in one.variable.codes)
    if one.variable.description:
        yield f"  # the dictionary: {_comment(one.variable.description)}"
    yield f"  # {numbers_seen(one.column)}"


def _sure(one: Proposal) -> str:
    """How sure a match is, as word and number, and why."""
    return f"{one.confidence} {one.score:.2f}: {_comment(one.why)}"


def _suggested(block: str, question: str, lines: Sequence[str]) -> Iterator[str]:
    """A block that a person must decide on, as a comment."""
    if lines:
        yield from ["", f"# {question}", f"# {block}:", *(f"#   {line}" for line in lines)]


def _is_blank(one: Proposal) -> bool:
    """Whether a coded variable has no code that is certain, so that all are blanks to fill."""
    said = one.reading.options
    return (
        bool(one.reading.open)
        and one.variable.kind in ("code", "flag", "integer")
        and not ("codes" in said or "labels" in said or one.separator or one.reading.complete)
    )


def _open(one: Proposal) -> Iterator[str]:
    """Texts that nothing is said about, with what the file calls them and their counts."""
    texts = one.reading.open
    if len(texts) > MOST_CODES:
        yield f"# {len(texts)} different texts ({sum(texts.values())} cells)"
        return
    coded = one.variable.kind in ("code", "flag", "integer")
    for text, n in texts.items():
        meaning = one.column.labels.get(text, text)
        personal = looks_personal(meaning) or (n == 1 and looks_like_a_name(meaning))
        hidden = len(meaning) > _LONGEST_TEXT or (coded and personal)
        shown = "(a text that is not shown)" if hidden else _scalar(meaning, quoted=True)
        yield f"{shown}: # {n}"


def _counts(one: Proposal, option: str) -> dict[str, int]:
    column = one.column
    if option == "missing":
        return {**column.missing, **column.counts}
    if option == "codes":
        return column.counts
    counts: dict[str, int] = {}
    for text, n in column.counts.items():
        label = column.labels.get(text, text)
        counts[label] = counts.get(label, 0) + n
    return counts


def _option(
    name: str, value: Option, indent: int, counts: dict[str, int] | None = None
) -> Iterator[str]:
    space = " " * indent
    if isinstance(value, str):
        yield f"{space}{name}: {_scalar(value)}"
    elif isinstance(value, list):
        yield f"{space}{name}: [{', '.join(map(_scalar, value))}]"
    elif name in ("codes", "labels", "missing"):
        yield f"{space}{name}:"
        for text, code in value.items():
            n = (counts or {}).get(text)
            beside = "" if n is None else f" # {n}"
            yield f"{space}  {_scalar(text)}: {_scalar(code)}{beside}"
    else:
        inner = ", ".join(f"{_scalar(key)}: {_scalar(one)}" for key, one in value.items())
        yield f"{space}{name}: {{{inner}}}"


def _left_over(draft: Draft) -> Iterator[str]:
    proposed = {(one.column.table, one.column.heading) for one in draft.proposals}
    left = [
        column
        for column in draft.columns
        if column.personal is None and (column.table, column.heading) not in proposed
    ]
    personal = [column for column in draft.columns if column.personal is not None]
    yield from _listed(
        "No variable was found for these columns:",
        (f"{column.table}: {_heading(column)}" for column in left),
    )
    yield from _listed(
        "These columns look as if they identify a person, and were not looked into further:",
        (f"{column.table}: {_heading(column)} ({column.personal})" for column in personal),
    )


def _heading(column: Column) -> str:
    personal = looks_personal(column.heading)
    return "(a heading that is not shown)" if personal else column.heading


def _listed(title: str, lines: Iterable[str]) -> Iterator[str]:
    found = [f"#   {_comment(line)}" for line in lines]
    if found:
        yield from ["", f"# {title}", *found]


def _commented(line: str) -> str:
    return f"  # {line[2:]}"


def _comment(text: str) -> str:
    """A text on one line, without signs that a YAML file must not hold."""
    return "".join(sign if sign.isprintable() else "?" for sign in tidy(text))


def _scalar(text: str, *, quoted: bool = False) -> str:
    """A text as YAML: plain where it begins with a letter and holds nothing special."""
    plain = re.fullmatch(r"[^\W\d_](?:[\w /()%.+-]*[\w)%.+])?", text) is not None
    if plain and not quoted:
        return text
    return json.dumps(text, ensure_ascii=not text.isprintable())
