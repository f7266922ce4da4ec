"""How the texts of a column become the values of a variable, as far as that is certain."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from multicentric.dictionary import Variable
from multicentric.draft.columns import MOST_CODES, Column
from multicentric.draft.words import MISSING, NO, PAIRS, YES, compact, plain, tokens, unit_in
from multicentric.mapping.dates import read_dates
from multicentric.mapping.numbers import Number, read_number

Option = str | dict[str, str] | list[str]
_NUMERIC_FORMS = tuple(
    form
    for mark in ".-/ "
    for form in (f"D{mark}M{mark}YYYY", f"M{mark}D{mark}YYYY", f"YYYY{mark}M{mark}D")
)
_NAMED_FORMS = ("D-MMM-YYYY", "D MMM YYYY", "D.MMM.YYYY", "D/MMM/YYYY", "MMM D, YYYY")
_PARTIAL_FORMS = (
    *("M.YYYY", "M/YYYY", "M-YYYY", "YYYY-M", "YYYY/M", "MMM YYYY", "MMM-YYYY", "MMM.YYYY", "YYYY"),
)
FORMS = (*_NUMERIC_FORMS, "YYYYMMDD", *_NAMED_FORMS)
LANGUAGES = ("en", "tr", "de", "it", "fr", "es")
_OTHER_ORDER = {
    f"{first}{mark}{then}{mark}YYYY": f"{then}{mark}{first}{mark}YYYY"
    for mark in "/-"
    for first, then in ("DM", "MD")
}
# Signs of the longest date, and texts that are enough to tell a language by its months.
_LONGEST_DATE = 20
_ENOUGH = 1000
# Different words beside the dates of a column of dates.
_MOST_WORDS = 3
# Codes for missing that a center may use beside those of the codelist.
_MORE_CODES = 2
# A percent that never exceeds this may be a fraction or a score.
_HIGHEST_SCORE = 12


@dataclass
class Reading:
    """What can be made of a column for a variable.

    Attributes
    ----------
    fit
        ``fits``; ``unknown``: nothing speaks against it, but what the texts mean is not certain;
        ``classes``: numbers that classes could turn into codes; ``conflicts``.
    options
        What the mapping's block may say without doubt, besides the column.
    complete
        Whether those options are enough for a block that reads at least one value.
    open
        Texts nothing is said about, with their counts, and whether they may be shown.
    doubts
        What a person must decide, one sentence each.
    """

    fit: Literal["fits", "unknown", "classes", "conflicts"]
    options: dict[str, Option] = field(default_factory=dict)
    complete: bool = False
    open: dict[str, int] = field(default_factory=dict)
    doubts: list[str] = field(default_factory=list)


def read_as(variable: Variable, column: Column, dates: DateForms, decimal: str) -> Reading:
    """Read a column as a variable of the dictionary."""
    if not column.filled:
        return Reading("unknown", doubts=["The column is empty."])
    if variable.kind == "date":
        return as_date(column, dates)
    if column.native_dates * 2 > column.filled:
        return Reading("conflicts")
    if variable.kind == "number":
        return _as_number(variable, column, decimal)
    if variable.kind == "text":
        return Reading("unknown", complete=True)
    return _as_codes(variable, column, decimal)


@dataclass(frozen=True)
class DateForms:
    """What the dates of a whole drop say: language of months, and whether the day comes first."""

    language: str = "en"
    day_first: bool | None = None

    def allowed(self, form: str) -> bool:
        """Whether the drop's other columns leave this format possible."""
        if re.match("M[. ]", form):
            return False
        if self.day_first is None or not re.match("D[/-]M(?!M)|M[/-]D", form):
            return True
        return form.startswith("D") == self.day_first


def date_forms(columns: Sequence[Column]) -> DateForms:
    """Find the language of month names, and the order of day and month that all columns share."""
    texts = {text for column in columns for text in column.counts if len(text) <= _LONGEST_DATE}
    dated = sorted(text for text in texts if re.search(r"\d", text))
    named = [text for text in dated if re.search(r"[^\W\d_]{3,}", text)][:_ENOUGH]
    best = max(
        LANGUAGES,
        key=lambda tongue: sum(bool(read_dates(t, FORMS, language=tongue)) for t in named),
    )
    orders = set()
    for mark in "/-":
        for text in (text for text in dated if text.count(mark) == 2):
            read = [form for form in "DM" if read_dates(text, [f"{_pair(form, mark)}YYYY"])]
            if len(read) == 1:
                orders.add(read[0])
    return DateForms(best, (orders == {"D"}) if len(orders) == 1 else None)


def _pair(first: str, mark: str) -> str:
    return f"{first}{mark}{'M' if first == 'D' else 'D'}{mark}"


def as_date(column: Column, dates: DateForms) -> Reading:
    """Read a column as dates: in which formats, and what of it is no full date."""
    chosen: set[str] = set()
    forms: list[str] = ["native"] if column.native_dates else []
    left = dict(column.counts)
    missing = _missing(left)
    doubts: list[str] = []
    while left:
        read = {
            form: {t for t in left if read_dates(t, [form], language=dates.language)}
            for form in FORMS
            if dates.allowed(form) and _OTHER_ORDER.get(form) not in chosen
        }
        best = max(read, key=lambda form: sum(left[text] for text in read[form]))
        if not read[best]:
            break
        rivals = [form for form in read if form != best and read[form] == read[best]]
        if rivals:
            doubts.append(f"The dates can be {_written(best, left)} or {rivals[0]}: which?")
            break
        chosen.add(best)
        forms.append(_written(best, read[best]))
        left = {text: n for text, n in left.items() if text not in read[best]}
    partial = _partial(left, dates.language, beside=bool(forms))
    # A word that stands for "none" says nothing against a column of dates; other numbers do.
    words = {text for text in left if not re.search(r"\d", text)}
    unread = sum(n for text, n in left.items() if text not in words and text not in partial)
    dated = column.filled - sum(left[text] for text in words)
    if not doubts and (unread * 5 > dated or not dated or len(words) > _MOST_WORDS):
        return Reading("conflicts")
    ambiguous = bool(doubts)
    options: dict[str, Option] = {"dates": forms} if forms and not ambiguous else {}
    if missing:
        options["missing"] = missing
    if partial and not ambiguous:
        written = dict.fromkeys(partial.values())
        impute = "{day: 15, month: 7}" if {"YYYY"} & set(written) else "{day: 15}"
        n = sum(left[text] for text in partial)
        doubts.append(
            f"{n} cells are no full date. To complete them, and flag them as completed, write "
            f"dates: [{', '.join([*forms, *written])}] and impute: {impute}."
        )
    return Reading(
        "unknown" if ambiguous or not forms else "fits",
        options,
        "dates" in options,
        {} if ambiguous else _shapes(left),
        doubts,
    )


def _partial(texts: Mapping[str, int], language: str, *, beside: bool) -> dict[str, str]:
    """Texts that are a month or a year alone, each with its format."""
    found: dict[str, str] = {}
    for text in texts:
        for form in _PARTIAL_FORMS:
            if read_dates(text, [form], language=language, impute={"day": 15, "month": 7}):
                found[text] = _strictly(form, text)
                break
    # A year alone may be any number of four digits, unless fuller dates stand beside it.
    return {} if set(found.values()) == {"YYYY"} and not beside else found


def _strictly(form: str, text: str) -> str:
    strict = re.sub("(?<![MD])M(?!M)", "MM", form)
    return strict if read_dates(text, [strict], impute={"day": 15}) else form


def _written(form: str, texts: Mapping[str, int] | set[str]) -> str:
    """The stricter format, with two digits for day and month, where all texts have them."""
    strict = re.sub("(?<![DM])D(?!D)", "DD", form)
    strict = re.sub("(?<![MD])M(?!M)", "MM", strict)
    return strict if all(read_dates(text, [strict]) for text in texts) else form


def _shapes(texts: Mapping[str, int]) -> dict[str, int]:
    """Texts with 9 for digits and a for letters: dates of a person are not quoted."""
    shapes: dict[str, int] = {}
    for text, n in texts.items():
        known = plain(text) in YES | NO | set(MISSING)
        shape = text if known else re.sub(r"[^\W\d_]", "a", re.sub(r"\d", "9", text))
        shapes[shape] = shapes.get(shape, 0) + n
    return shapes


def _missing(texts: dict[str, int]) -> dict[str, str]:
    """Take the words for missing out of `texts`: each with its reason."""
    found = {text: MISSING[plain(text)] for text in texts if plain(text) in MISSING}
    for text in found:
        del texts[text]
    return found


def _as_number(variable: Variable, column: Column, decimal: str) -> Reading:
    left = dict(column.counts)
    missing = _missing(left)
    numbers = {}
    for text in left:
        sign = "%" if variable.unit == "%" else ""
        number = read_number(text, decimal=decimal, unit=sign)
        if number is not None:
            numbers[text] = number
    rest = {text: n for text, n in left.items() if text not in numbers}
    n_read, n_left = sum(left[text] for text in numbers), sum(rest.values())
    possible = sum(left[text] for text, number in numbers.items() if _in_range(number, variable))
    if n_read < 0.8 * (n_read + n_left) or possible < 0.9 * n_read or not n_read:
        return Reading("conflicts")
    options: dict[str, Option] = {"missing": missing} if missing else {}
    reading = Reading("fits", options, open=_shapes(rest))
    if any(number.bound for number in numbers.values()):
        reading.doubts.append("Some numbers are bounds (<5): say below or above.")
    highest = max(float(number.value) for number in numbers.values())
    units = {unit for unit in map(unit_in, column.names) if unit}
    if "%" in "".join(numbers):
        units.add("%")
    if variable.unit == "%" and units <= {"%"} and highest > _HIGHEST_SCORE:
        units = {"%"}
    if variable.unit == "%" and highest <= 1:
        units = set()
    if not variable.unit or units == {variable.unit}:
        options["number"] = {"unit": variable.unit} if variable.unit else {}
        reading.complete = True
    else:
        reading.fit = "unknown"
        told = f"The highest is {highest:g}; the dictionary has {variable.unit}"
        reading.doubts.append(f"{told}: which unit, which factor?")
    return reading


def _in_range(number: Number, variable: Variable) -> bool:
    value = float(number.value)
    low, high = variable.minimum, variable.maximum
    return (low is None or value >= low) and (high is None or value <= high)


def _as_codes(variable: Variable, column: Column, decimal: str) -> Reading:
    """Codes, whole numbers and yes-or-no: each distinct text has a meaning or is left open."""
    labeled = bool(column.labels)
    meanings = {text: column.labels.get(text, text) for text in column.counts}
    if labeled and list(column.labels) == ["1"] and set(column.counts) <= {"0", "1"}:
        return Reading("fits" if variable.kind == "flag" else "conflicts", complete=True)
    if len(meanings) > MOST_CODES or _many_numbers(column, decimal):
        numeric = all(read_number(text, decimal=decimal, unit="%") for text in meanings)
        return Reading("classes" if numeric and variable.kind == "code" else "conflicts")
    known = lexicon(variable)
    answers = _answers(variable, column, meanings.values())
    codes: dict[str, str] = {}
    missing: dict[str, str] = {}
    rest: dict[str, int] = {}
    for text, meaning in meanings.items():
        code = known.get(plain(meaning)) or answers.get(plain(meaning))
        code = code or _number_in(meaning, variable)
        if code is not None:
            codes[text] = code
        elif plain(meaning) in MISSING:
            missing[text] = MISSING[plain(meaning)]
        else:
            rest[text] = column.counts[text]
    for text in column.missing:
        if plain(column.labels.get(text, "")) in MISSING:
            missing[text] = MISSING[plain(column.labels[text])]
    n_known, n_left = sum(column.counts[text] for text in codes), sum(rest.values())
    digits = all(text.isdigit() for text in column.counts)
    bare = digits and not labeled and set(codes) <= {"0", "1"} and variable.kind == "code"
    if bare:
        rest |= {text: column.counts[text] for text in codes}
        codes = {}
    reading = Reading("fits", open=rest)
    if n_known < n_left or bare:
        reading.fit = "unknown" if digits or codes else "conflicts"
    if variable.kind == "code" and not codes and _amounts(variable, column, decimal):
        return Reading("classes")
    if labeled:
        reading.options["labels"] = {meanings[text]: code for text, code in codes.items()}
    elif codes and (variable.kind == "flag" or any(text != codes[text] for text in codes)):
        reading.options["codes"] = codes
    if not codes:
        reading.options.pop("labels", None)
    if missing:
        reading.options["missing"] = missing
    reading.complete = bool(codes)
    if column.empty and set(codes.values()) == {"yes"}:
        reading.doubts.append(f"Does an empty cell ({column.empty}) mean no? Then write empty: no.")
    return reading


def numbers_seen(column: Column) -> str:
    """The numbers of a column in words: each with its count, or their range where they are many."""
    numbers = {}
    for text in column.counts:
        for mark in ".,":
            number = read_number(text, decimal=mark, unit="%")
            if number is not None:
                numbers[text] = number
    ordered = sorted(numbers, key=lambda text: numbers[text].value)
    if not ordered:
        return f"{len(column.counts)} different texts"
    if len(ordered) <= MOST_CODES:
        return "seen: " + ", ".join(f"{text} ({column.counts[text]})" for text in ordered)
    return f"seen: {len(ordered)} different numbers from {ordered[0]} to {ordered[-1]}"


def _many_numbers(column: Column, decimal: str) -> bool:
    numbers = [text for text in column.counts if read_number(text, decimal=decimal, unit="%")]
    return len(numbers) > 12 and len(numbers) * 2 > len(column.counts)


def _amounts(variable: Variable, column: Column, decimal: str) -> bool:
    """Whether the texts are amounts (a ratio, a score) rather than codes of the center."""
    if column.labels or not all(read_number(t, decimal=decimal, unit="%") for t in column.counts):
        return False
    too_many = len(column.counts) > len(variable.codes) + _MORE_CODES
    return too_many or any(decimal in text for text in column.counts)


def lexicon(variable: Variable) -> dict[str, str]:
    """Plain text to code: the code itself, its label, its synonyms; an ambiguous one is out."""
    found: dict[str, set[str]] = {}
    words = {code: [code, label] for code, label in variable.codes.items()}
    for code, synonyms in variable.code_synonyms.items():
        words.setdefault(code, [code]).extend(synonyms)
    for code, texts in words.items():
        for text in texts:
            found.setdefault(plain(text), set()).add(code)
    return {text: codes.copy().pop() for text, codes in found.items() if len(codes) == 1}


def _answers(variable: Variable, column: Column, texts: Iterable[str]) -> dict[str, str]:
    """What yes and no mean: of a flag, or of the one code that the heading asks for."""
    yes, no = "yes", "no"
    if variable.kind != "flag":
        asked = _asked_code(variable, column)
        if asked is None:
            return {}
        yes, no = asked
    seen = {plain(text) for text in texts}
    pair = next(
        (pair for pair in PAIRS if seen == set(pair) or seen < {"0", "1"} <= set(pair)), None
    )
    if pair:
        return {pair[0]: yes, pair[1]: no}
    return dict.fromkeys(YES - NO, yes) | dict.fromkeys(NO - YES, no)


def _asked_code(variable: Variable, column: Column) -> tuple[str, str] | None:
    """The code that a heading such as "Alive?" asks for, and the only other one."""
    if len(variable.codes) != 2:
        return None
    known = lexicon(variable)
    heading = compact(column.heading)
    asked = {
        code for text, code in known.items() if len(compact(text)) >= 4 and compact(text) in heading
    }
    if len(asked) != 1:
        return None
    code = asked.pop()
    [other] = [one for one in variable.codes if one != code]
    return code, other


def _number_in(text: str, variable: Variable) -> str | None:
    """The whole number in a text whose other words are only the variable's name ("Grade 2")."""
    if variable.kind != "integer" or variable.maximum is None or variable.minimum is None:
        return None
    words = tokens(text)
    numbers = [word for word in words if re.fullmatch("[0-9]+", word)]
    names = set(
        itertools.chain.from_iterable(
            map(tokens, (variable.name, variable.label, *variable.synonyms))
        )
    )
    if len(numbers) != 1 or not set(words) - set(numbers) <= names or "-" in text[:1]:
        return None
    inside = variable.minimum <= int(numbers[0]) <= variable.maximum
    return str(int(numbers[0])) if inside else None
