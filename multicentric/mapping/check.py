"""What is wrong with a mapping beside the dictionary: every mistake at once, each with its line."""

from __future__ import annotations

from collections.abc import Iterator

from multicentric.conditions import Condition
from multicentric.dictionary import Dictionary, Variable
from multicentric.documents import Location, Mistake, nearest
from multicentric.mapping.dates import NATIVE
from multicentric.mapping.language import Cell, Mapping, VariableBlock
from multicentric.mapping.load import cells_of
from multicentric.mapping.order import asked_by
from multicentric.mapping.values import takes, value_of

_FITS = {
    "code": {"copy", "codes", "labels", "classes", "checkbox", "constant", "coalesce"},
    "text": {"copy", "codes", "labels", "constant", "coalesce"},
    "integer": {"copy", "codes", "labels", "number", "classes", "constant", "coalesce", "duration"},
    "number": {"copy", "codes", "labels", "number", "classes", "constant", "coalesce", "duration"},
    "date": {"dates", "constant", "coalesce"},
    "flag": {"copy", "codes", "labels", "classes", "contains", "checkbox", "constant", "coalesce"},
}
_WITHOUT_TYPES = ("delimited", "redcap")


def mistakes_beside(mapping: Mapping, dictionary: Dictionary) -> list[Mistake]:
    """Mistakes that show when a mapping is laid beside the dictionary, in the order of lines."""
    found: list[Mistake] = []
    for name in mapping.variables:
        if name not in dictionary:
            place = ("variables", name)
            remedy = nearest(name, dictionary.names)
            problem = f"the dictionary has no variable '{name}'."
            found.append(Mistake(mapping.file, mapping.line(place), problem, remedy))
    beside = _Beside(mapping, dictionary)
    for name, block in mapping.variables.items():
        if name in dictionary and block.made:
            found += beside.block(("variables", name), block, dictionary[name])
    for location, cell, block in cells_of(mapping):
        name = str(location[1])
        if name in dictionary:
            found += beside.cell(location, cell, block, dictionary[name])
    return sorted(set(found))


class _Beside:
    def __init__(self, mapping: Mapping, dictionary: Dictionary) -> None:
        self.mapping = mapping
        self.dictionary = dictionary

    def mistake(self, location: Location, problem: str, remedy: str = "") -> Mistake:
        return Mistake(self.mapping.file, self.mapping.line(location), problem, remedy)

    def block(
        self, location: Location, block: VariableBlock, variable: Variable
    ) -> Iterator[Mistake]:
        """What concerns a variable as a whole."""
        for name in asked_by(block):
            if name not in self.dictionary:
                problem = f"the dictionary has no variable '{name}'."
                yield self.mistake(location, problem, nearest(name, self.dictionary.names))
            elif name not in self.mapping.variables:
                problem = f"'{variable.name}' asks about '{name}', which has no block here."
                yield self.mistake(location, problem)
        if block.when:
            yield from self._condition((*location, "when"), block.when)
        if block.constant is not None:
            yield from self._code((*location, "constant"), block.constant, variable)
        if block.coalesce is not None or block.constant is not None or block.duration is not None:
            yield from self._verb(location, block, block.verb, variable)
        if block.duration is not None:
            place = (*location, "duration")
            for name in (block.duration.since, block.duration.until):
                yield from self._is_date(place, name)
            if variable.unit != block.duration.unit:
                problem = f"the dictionary counts {variable.name} in {variable.unit or 'no unit'}"
                yield self.mistake(place, f"{problem}, not in {block.duration.unit}.")
        if isinstance(block.checkbox, dict):
            for heading, code in block.checkbox.items():
                yield from self._code((*location, "checkbox", heading), code, variable)
        if block.collapse is not None:
            yield from self._collapse((*location, "collapse"), block, variable)

    def cell(
        self, location: Location, cell: Cell, block: VariableBlock, variable: Variable
    ) -> Iterator[Mistake]:
        """What concerns one cell and its verb."""
        if cell.from_ is None and block.checkbox is None:
            return  # a collapse that only counts rows
        verb = "classes" if cell.classes else cell.verb
        yield from self._verb(location, cell, verb, variable)
        for option in ("codes", "labels", "classes"):
            for raw, code in (getattr(cell, option) or {}).items():
                yield from self._code((*location, option, raw), code, variable)
        if cell.empty is not None:
            yield from self._code((*location, "empty"), cell.empty, variable)
        if verb in ("copy", "number") and variable.kind in ("integer", "number"):
            yield from self._unit(location, cell, variable)
        table = self.mapping.tables[self.mapping.table_of(cell)]
        if cell.dates == (NATIVE,) and table.format in _WITHOUT_TYPES:
            problem = f"a {table.format} file has no native dates."
            yield self.mistake(
                (*location, "dates"), problem, "Name the format, such as YYYY-MM-DD."
            )
        labelled = table.format == "spss" or (table.format == "redcap" and table.dictionary)
        if cell.labels and not labelled:
            problem = f"a {table.format} file gives its codes no labels."
            remedy = "Use codes"
            remedy += ", or name the dictionary." if table.format == "redcap" else "."
            yield self.mistake((*location, "labels"), problem, remedy)

    def _verb(
        self, location: Location, cell: Cell, verb: str, variable: Variable
    ) -> Iterator[Mistake]:
        boxes = getattr(cell, "checkbox", None)
        right_boxes = isinstance(boxes, str) == (variable.kind == "flag")
        if verb not in _FITS[variable.kind] or (verb == "checkbox" and not right_boxes):
            problem = f"{variable.name} is a {variable.kind}; {verb} does not make one."
            if verb == "copy":
                problem = f"{variable.name} is a {variable.kind}; say how its text is read."
            fitting = sorted(_FITS[variable.kind] - {"copy"})
            yield self.mistake(location, problem, f"What does: {', '.join(fitting)}.")

    def _code(self, location: Location, code: str, variable: Variable) -> Iterator[Mistake]:
        if value_of(code, variable) is None:
            remedy = takes(variable)
            if variable.kind == "code":
                remedy = nearest(code, variable.codes)
            yield self.mistake(location, f"'{code}' is no value of {variable.name}.", remedy)

    def _unit(self, location: Location, cell: Cell, variable: Variable) -> Iterator[Mistake]:
        unit = cell.number.unit if cell.number else ""
        factor = cell.number.factor if cell.number else None
        wanted = variable.unit
        if wanted and not unit:
            remedy = f'Write number: {{unit: "{wanted}"}}, or the unit as sent and a factor.'
            yield self.mistake(
                location, f"the unit is missing; {variable.name} is in {wanted}.", remedy
            )
        elif unit and unit != wanted and factor is None:
            problem = f"{variable.name} is in {wanted or 'no unit'}, the center's number in {unit}."
            yield self.mistake((*location, "number"), problem, "Give the factor between them.")
        elif unit == wanted and factor is not None:
            problem = (
                f"the unit is that of the dictionary, so there is nothing to multiply by {factor}."
            )
            yield self.mistake(
                (*location, "number"), problem, "Name the unit as the center sends it."
            )

    def _is_date(self, location: Location, name: str) -> Iterator[Mistake]:
        if name in self.dictionary and self.dictionary[name].kind != "date":
            yield self.mistake(location, f"'{name}' is no date.")

    def _condition(self, location: Location, condition: Condition) -> Iterator[Mistake]:
        for name, wanted in condition.items():
            if name == "not":
                yield from self._condition(location, wanted)
            elif name in ("any", "all"):
                for inner in wanted:
                    yield from self._condition(location, inner)
            elif name in self.dictionary:
                variable = self.dictionary[name]
                texts = [wanted] if isinstance(wanted, str) else wanted
                if isinstance(wanted, dict):
                    texts = [bound for key, bound in wanted.items() if key != "missing"]
                for text in texts:
                    yield from self._code((*location, name), text, variable)

    def _collapse(
        self, location: Location, block: VariableBlock, variable: Variable
    ) -> Iterator[Mistake]:
        collapse = block.collapse
        if collapse is None:
            return
        for code in collapse.order:
            yield from self._code((*location, "order"), code, variable)
        if collapse.within is not None:
            yield from self._is_date((*location, "within"), collapse.within.of)
            if collapse.by is not None and collapse.by.dates is None:
                yield self.mistake((*location, "by"), "within needs by to be a date.")
        kinds = {
            "any": ("flag",),
            "all": ("flag",),
            "count": ("integer", "number"),
            "min": ("integer", "number", "date"),
            "max": ("integer", "number", "date"),
            "best": ("code", "integer"),
        }.get(collapse.pick)
        if kinds and variable.kind not in kinds:
            problem = (
                f"pick {collapse.pick} does not suit {variable.name}, which is a {variable.kind}."
            )
            yield self.mistake((*location, "pick"), problem)
