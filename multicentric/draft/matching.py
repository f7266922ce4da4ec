"""Which column of a drop is which variable of the dictionary, and how sure that is."""

from __future__ import annotations

import difflib
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from multicentric.dictionary import Dictionary, Variable
from multicentric.draft.columns import Column
from multicentric.draft.values import DateForms, Reading, lexicon, read_as
from multicentric.draft.words import compact, plain, tokens

Confidence = Literal["certain", "likely"]
# From here on a match is certain.
CERTAIN = 0.9
# How far each kind of evidence goes, before what speaks against it.
_KNOWN_NAME, _SIMILAR_NAME, _ITEM, _VALUES = 1.0, 0.85, 0.7, 0.6
_FIT = {"fits": 0.99, "unknown": 0.92, "classes": 0.8}
_MANY_ROWS = 0.8
# How alike two names must be to be one name misspelled or shortened.
_ALIKE = 0.85
_SHORTEST_PART = 4
# Share of a list's items that must be names of yes-or-no variables.
_LISTED = 0.9


@dataclass(frozen=True)
class Proposal:
    """One column proposed for one variable.

    Attributes
    ----------
    score
        How sure the match is, from 0 to 1: how far the name goes, times how well the values fit,
        shared among all that claim the column or the variable. An order, not a probability.
    why
        What speaks for it and what makes it doubtful, as words.
    separator
        Where the column is a list of which the variable is one item: what stands between them.
    item
        That item, as the center writes it.
    collapse
        Where patients have many rows: the line that says which of them gives the value.
    """

    variable: Variable
    column: Column
    score: float
    why: str
    reading: Reading
    separator: str = ""
    item: str = ""
    collapse: str = ""

    @property
    def confidence(self) -> Confidence:
        """``certain``: a known name, no other claim, and nothing in the values against it."""
        return "certain" if self.score >= CERTAIN else "likely"


class _Known:
    """The names and texts of a dictionary's variables, brought once to the form they compare in."""

    def __init__(self, dictionary: Dictionary) -> None:
        self.dictionary = dictionary
        self.named: dict[str, list[Variable]] = defaultdict(list)
        self.names: list[tuple[Variable, str, frozenset[str]]] = []
        self.codes = {v.name: lexicon(v) for v in dictionary if v.kind == "code"}
        for variable in dictionary:
            for name in names_of(variable):
                self.named[name].append(variable)
            for own in (variable.name, variable.label, *variable.synonyms):
                if len(compact(own)) >= _SHORTEST_PART:
                    self.names.append((variable, compact(own), frozenset(tokens(own))))

    def called(self, names: Iterable[str]) -> list[Variable]:
        """The variables that have one of these names, in the order of the dictionary."""
        found = {v.name for name in names for v in self.named.get(compact(name), [])}
        return [variable for variable in self.dictionary if variable.name in found]


def propose(
    columns: Sequence[Column],
    dictionary: Dictionary,
    dates: DateForms,
    decimals: dict[str, str],
    visits: Iterable[str] = (),
) -> list[Proposal]:
    """Match columns to variables.

    Parameters
    ----------
    columns
        Columns that may hold a variable: no keys, nothing that identifies a person.
    decimals
        Decimal mark of each table.
    visits
        Tables with many rows per patient; nothing of them is certain, since it must be collapsed.

    Returns
    -------
    list of Proposal
        In the order of the columns, then of the dictionary.
    """
    found: list[Proposal] = []
    visits = set(visits)
    known = _Known(dictionary)
    for column in columns:
        found += _of_column(column, known, dates, decimals[column.table])
    return [_judged(one, found, visits) for one in found]


def _of_column(column: Column, known: _Known, dates: DateForms, decimal: str) -> list[Proposal]:
    def ask(variable: Variable) -> Reading:
        return read_as(variable, column, dates, decimal)

    exact = [(variable, ask(variable)) for variable in known.called(column.names)]
    exact = [(variable, reading) for variable, reading in exact if reading.fit != "conflicts"]
    if exact:
        return [
            Proposal(
                variable,
                column,
                _KNOWN_NAME * _FIT[reading.fit],
                f"known name; {_told(reading)}",
                reading,
            )
            for variable, reading in exact
        ]
    listed = _list_items(column, known)
    if listed:
        return listed
    close = [(score, variable, ask(variable)) for score, variable in _similar(column, known)]
    close = [one for one in close if one[2].fit == "fits"]
    if close:
        best = max(score for score, _, _ in close)
        return [
            Proposal(
                variable,
                column,
                _SIMILAR_NAME * min(score, 1.0),
                "similar name; the values fit",
                reading,
            )
            for score, variable, reading in close
            if score == best
        ]
    return _by_values(column, known, ask)


def _told(reading: Reading) -> str:
    return {
        "fits": "the values fit",
        "classes": "numbers, whose classes a person must give",
        "unknown": "what its values mean is open",
    }[reading.fit]


def names_of(variable: Variable) -> set[str]:
    """Every name of a variable, as names are compared."""
    return {compact(name) for name in (variable.name, variable.label, *variable.synonyms)} - {""}


def _similar(column: Column, known: _Known) -> list[tuple[float, Variable]]:
    """Variables of a name like the column's: misspelled, or its words all in the column's."""
    best: dict[str, float] = {}
    matcher = difflib.SequenceMatcher()
    for name in column.names:
        words = set(tokens(name))
        matcher.set_seq2(compact(name))
        for variable, own, parts in known.names:
            score = 0.0
            matcher.set_seq1(own)
            if matcher.real_quick_ratio() >= _ALIKE and matcher.quick_ratio() >= _ALIKE:
                score = matcher.ratio()
            if parts and parts <= words:
                score = max(score, _ALIKE + len(own) / 1000)
            if score >= _ALIKE:
                best[variable.name] = max(score, best.get(variable.name, 0.0))
    return [(best[v.name], v) for v in known.dictionary if v.name in best]


def _by_values(column: Column, known: _Known, ask: Callable[[Variable], Reading]) -> list[Proposal]:
    """A column whose words are codes of one variable only, whatever it is called."""
    meanings = [column.labels.get(text, text) for text in column.counts]
    words = {plain(text) for text in meanings if len(re.sub(r"[\W\d_]", "", text)) >= 3}
    hits = {name: len(words & set(codes)) for name, codes in known.codes.items()} if words else {}
    best = max(hits.values(), default=0)
    winners = [name for name, n in hits.items() if n == best]
    if best < 2 or len(winners) != 1 or best * 10 < 9 * len(meanings):
        return []
    variable = known.dictionary[winners[0]]
    reading = ask(variable)
    return [Proposal(variable, column, _VALUES, "unknown name; its values are known", reading)]


def _list_items(column: Column, known: _Known) -> list[Proposal]:
    """A column that lists several yes-or-no variables ("bone, liver")."""
    for separator in (",", ";", "/", "+", "|"):
        if not any(separator in text for text in column.counts):
            continue
        items: Counter[str] = Counter()
        for text, n in column.counts.items():
            for item in text.split(separator):
                items[item.strip()] += n
        found = {
            item: variable
            for item in items
            for variable in known.named.get(compact(item), [])
            if variable.kind == "flag"
        }
        n_found = sum(items[item] for item in found)
        if len(found) >= 2 and n_found >= _LISTED * sum(items.values()):
            rest = {item: n for item, n in items.items() if item not in found}
            return [
                Proposal(
                    variable,
                    column,
                    _ITEM,
                    f"a list whose items are names of variables, such as '{item}'",
                    Reading("fits", open=rest, complete=True),
                    separator,
                    item,
                )
                for item, variable in found.items()
            ]
    return []


def _judged(one: Proposal, found: Sequence[Proposal], visits: set[str]) -> Proposal:
    """The proposal, made likely where another one has as good a claim, or rows must be picked."""
    if one.confidence != "certain":
        return one
    rivals = defaultdict(set)
    for other in found:
        if other.confidence == "certain":
            rivals[other.variable.name].add((other.column.table, other.column.heading))
    same_column = [
        other.variable.name
        for other in found
        if other.column is one.column
        and other.variable.kind == one.variable.kind
        and other.variable.name != one.variable.name
        and other.reading.fit == one.reading.fit
    ]
    if one.column.table in visits:
        doubt, score = "many rows per patient, of which one must be picked", one.score * _MANY_ROWS
    elif len(rivals[one.variable.name]) > 1:
        score = one.score / len(rivals[one.variable.name])
        doubt = "another column has as good a name"
    elif same_column:
        score = one.score / (1 + len(same_column))
        doubt = f"as likely {', '.join(same_column)}"
    else:
        return one
    return replace(one, score=score, why=f"{one.why}; {doubt}")
