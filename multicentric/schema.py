"""The words in which a study's data dictionary is written: a pandera model with rules in it.

A study's ``schemas/patient.py`` holds one class ``Patient(PatientModel)``: a field per variable
(`variable`) and a method per rule (`rule`, `center_rule`, `between_rule`), in that file or in
others beside it; the name of a rule's method, in words, is what the report calls the rule. pandera
is the gate at the end of a stage; findings are our own keyed rows, made
from the same fields and rules (`multicentric.validate`), because pandera's failure table loses
severities and repeats or misplaces rows.
"""

from __future__ import annotations

import copy
import importlib.util
import sys
import typing
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar, Literal

import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors

from multicentric.dictionary import DTYPES, Dictionary, Kind, Needed, Variable

Severity = Literal["block", "query", "note"]
Effect = Literal["record held", "value removed", "none"]
KahnClass = Literal["conformance", "completeness", "plausibility"]
# The package that a study's folder of schemas is while one of them is imported.
_FOLDER = "study_schema"


@dataclass(frozen=True)
class Rule:
    """One rule of a study's model, about single records.

    Attributes
    ----------
    message
        What a center reads; ``{variable}`` stands for the value of that variable.
    effect
        What a failure does: hold the record, remove the value of the first of `variables`, or
        nothing.
    check
        The question: table of patients to nullable booleans; missing where it does not apply.
    threshold
        Share of failing records from which on the center as a whole is asked, with `rate_message`.
    at_least
        Fewest records to which the rule must apply for that share to be judged.
    waivable
        Whether the effect ends where the center confirms that the value is right.
    """

    id: str
    severity: Severity
    kahn: KahnClass
    variables: tuple[str, ...]
    message: str
    effect: Effect
    check: Callable[[pd.DataFrame], pd.Series]
    threshold: float | None = None
    rate_message: str = ""
    at_least: int = 10
    waivable: bool = False


@dataclass(frozen=True)
class CenterRule:
    """One rule about all records of a center, asked of each of its variables.

    Attributes
    ----------
    message
        What a center reads; ``{label}`` stands for the variable, ``{raw}`` for the count.
    check
        The question: table of patients and a variable to nullable booleans; missing where it does
        not apply.
    threshold
        The rule is broken where a larger share of records than this fails.
    at_least
        Fewest records to which the rule must apply for it to be judged.
    """

    id: str
    severity: Severity
    kahn: KahnClass
    variables: tuple[str, ...]
    message: str
    check: Callable[[pd.DataFrame, str], pd.Series]
    threshold: float
    at_least: int


@dataclass(frozen=True)
class BetweenRule:
    """One rule that sees a center beside the others, asked of each of its variables.

    Attributes
    ----------
    message
        What a center reads; ``{label}`` stands for the variable, ``{raw}`` for what is shown.
    check
        The question: patients of all centers and a variable to a table on the centers, with
        ``kept`` (nullable boolean; missing where it does not apply) and ``shown``: text about the
        center alone, as it goes into its own pack.
    """

    id: str
    severity: Severity
    kahn: KahnClass
    variables: tuple[str, ...]
    message: str
    check: Callable[[pd.DataFrame, str], pd.DataFrame]


class PatientModel(pa.DataFrameModel):
    """Base of a study's data dictionary: one row per patient, unique within its center."""

    _cut_off: ClassVar[date | None] = None

    center: pd.StringDtype = pa.Field(nullable=False)
    patient_id: pd.StringDtype = pa.Field(nullable=False)

    class Config:
        """No further column, in this order, nothing converted in silence."""

        strict = True
        ordered = True
        coerce = False
        unique: ClassVar[list[str]] = ["center", "patient_id"]

    @classmethod
    def cut_off(cls) -> pd.Timestamp:
        """The study's data cut-off, for rules that compare dates with it."""
        return pd.Timestamp(cls._cut_off)


def variable(
    label: str,
    *,
    kind: Kind,
    needed: Needed = "spared",
    unit: str = "",
    codes: dict[str, str] | None = None,
    possible: tuple[float, float] | None = None,
    plausible: tuple[float, float] | None = None,
    decimals: int = 0,
    description: str = "",
    asked_of: dict[str, Any] | None = None,
    synonyms: str = "",
    code_synonyms: dict[str, str] | None = None,
) -> Any:
    """Declare one variable of the dictionary; see `multicentric.dictionary.Variable`.

    Synonyms are separated by semicolons.

    The annotation beside it must be the pandas type of its kind: ``pd.StringDtype`` for code and
    text, ``pd.Int64Dtype``, ``pd.Float64Dtype``, ``pd.BooleanDtype``, ``pa.DateTime`` for date.
    """
    entry = Variable(
        name="",
        label=label,
        kind=kind,
        needed=needed,
        unit=unit,
        codes=dict(codes or {}),
        minimum=possible[0] if possible else None,
        maximum=possible[1] if possible else None,
        plausible_minimum=plausible[0] if plausible else None,
        plausible_maximum=plausible[1] if plausible else None,
        decimals=decimals,
        description=description,
        asked_of=dict(asked_of or {}),
        synonyms=_listed(synonyms),
        code_synonyms={code: _listed(texts) for code, texts in (code_synonyms or {}).items()},
    )
    limits: dict[str, Any] = {}
    if possible:
        limits = {"ge": possible[0], "le": possible[1]}
    if codes:
        limits["isin"] = list(codes)
    return pa.Field(nullable=needed != "always", metadata={"variable": entry}, **limits)


def _listed(synonyms: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in synonyms.split(";") if one.strip())


def rule(
    rule_id: str,
    *,
    severity: Severity,
    variables: Sequence[str],
    message: str,
    kahn: KahnClass = "plausibility",
    effect: Effect | None = None,
    threshold: float | None = None,
    rate_message: str = "",
    at_least: int = 10,
    waivable: bool = False,
) -> Callable[[Callable[..., pd.Series]], Any]:
    """Declare one rule about single records (`Rule`).

    The method takes the table of patients and answers, per row, True (kept), False (broken) or
    missing (does not apply). A ``block`` rule holds the record unless `effect` says otherwise.
    """
    effect = effect or ("record held" if severity == "block" else "none")

    def declare(function: Callable[..., pd.Series]) -> Any:
        def gate(cls: type[PatientModel], patients: pd.DataFrame) -> pd.Series:
            return function(cls, patients).astype("boolean").fillna(True).astype(bool)

        gate.__name__ = function.__name__
        gate.__doc__ = function.__doc__
        # A rule without effect leaves the value in place, as does one that a center has waived: the
        # gate may only warn about it.
        warn = effect == "none" or waivable
        check = pa.dataframe_check(name=rule_id, error=message, raise_warning=warn)(gate)
        vars(check)["declared"] = _Declared(
            Rule,
            function,
            {
                "id": rule_id,
                "severity": severity,
                "kahn": kahn,
                "variables": tuple(variables),
                "message": message,
                "effect": effect,
                "threshold": threshold,
                "rate_message": rate_message,
                "at_least": at_least,
                "waivable": waivable,
            },
        )
        return check

    return declare


def center_rule(
    rule_id: str,
    *,
    severity: Severity,
    variables: Sequence[str],
    message: str,
    kahn: KahnClass = "plausibility",
    threshold: float = 0.0,
    at_least: int = 20,
) -> Callable[[Callable[..., pd.Series]], Any]:
    """Declare one rule about all records of a center (`CenterRule`).

    The method takes the table of patients and the name of a variable and answers, per row, True
    (as it should be), False or missing (does not count).
    """
    return _declaring(
        CenterRule,
        id=rule_id,
        severity=severity,
        kahn=kahn,
        variables=tuple(variables),
        message=message,
        threshold=threshold,
        at_least=at_least,
    )


def between_rule(
    rule_id: str,
    *,
    severity: Severity,
    variables: Sequence[str],
    message: str,
    kahn: KahnClass = "plausibility",
) -> Callable[[Callable[..., pd.DataFrame]], Any]:
    """Declare one rule that sees a center beside the others (`BetweenRule`)."""
    return _declaring(
        BetweenRule,
        id=rule_id,
        severity=severity,
        kahn=kahn,
        variables=tuple(variables),
        message=message,
    )


@dataclass(frozen=True)
class _Declared:
    """A rule as a method of a model declares it, before it is bound to the model."""

    kind: type[Rule] | type[CenterRule] | type[BetweenRule]
    question: Callable[..., Any]
    said: dict[str, Any]


def _declaring(kind: type[CenterRule] | type[BetweenRule], **said: Any) -> Callable[..., Any]:
    def declare(function: Callable[..., Any]) -> Any:
        method = classmethod(function)
        vars(method)["declared"] = _Declared(kind, function, said)
        return method

    return declare


def rules_of(model: type[PatientModel]) -> tuple[Rule, ...]:
    """The rules of a model about single records, in the order of their ids."""
    return tuple(_rules(model, Rule))


def center_rules_of(model: type[PatientModel]) -> tuple[CenterRule, ...]:
    """The rules of a model about all records of a center, in the order of their ids."""
    return tuple(_rules(model, CenterRule))


def between_rules_of(model: type[PatientModel]) -> tuple[BetweenRule, ...]:
    """The rules of a model that compare centers, in the order of their ids."""
    return tuple(_rules(model, BetweenRule))


def names_of_rules(model: type[PatientModel]) -> dict[str, str]:
    """What every rule of a model asks, in the words of its method's name, by its id."""
    rules: list[Rule | CenterRule | BetweenRule] = [
        *rules_of(model),
        *center_rules_of(model),
        *between_rules_of(model),
    ]
    return {rule.id: rule.check.__name__.replace("_", " ") for rule in rules}


def _rules(model: type[PatientModel], kind: type[Any]) -> list[Any]:
    found: dict[str, Any] = {}
    for cls in reversed(model.__mro__):
        for attribute in vars(cls).values():
            declared = getattr(attribute, "declared", None)
            if isinstance(declared, _Declared) and declared.kind is kind:
                question = declared.question.__get__(model)
                found[declared.said["id"]] = kind(check=question, **declared.said)
    return [found[rule_id] for rule_id in sorted(found)]


def dictionary_of(model: type[PatientModel]) -> Dictionary:
    """Read the dictionary out of a model.

    Raises
    ------
    TypeError
        A field was not declared with `variable`, or its type is not that of its kind.
    """
    variables = []
    for name, column in model.to_schema().columns.items():
        if name in ("center", "patient_id"):
            continue
        entry = (column.metadata or {}).get("variable")
        if entry is None:
            raise TypeError(f"{model.__name__}.{name} is not declared with variable(...)")
        expected = pd.api.types.pandas_dtype(DTYPES[entry.kind])
        if str(expected) not in str(column.dtype):
            raise TypeError(
                f"{model.__name__}.{name} is annotated {column.dtype}, but its kind is {entry.kind}"
            )
        variables.append(Variable(**{**vars(entry), "name": name}))
    return Dictionary(tuple(variables))


def load_model(path: Path, cut_off: date | None = None) -> type[PatientModel]:
    """Import the class ``Patient`` from a study's schema file and give it the data cut-off.

    The file may import others beside it by relative names (``from .variables import Variables``).

    Raises
    ------
    ImportError
        The file is missing or holds no class ``Patient`` derived from `PatientModel`.
    """
    model = getattr(_imported(path), "Patient", None)
    if not (isinstance(model, type) and issubclass(model, PatientModel)):
        raise ImportError(f"{path.as_posix()} holds no class Patient(PatientModel)")
    return typing.cast(type[PatientModel], type("Patient", (model,), {"_cut_off": cut_off}))


def _imported(path: Path) -> ModuleType:
    """Run a study's schema as a module of a package that stands for its folder.

    The package is gone afterwards, so that two studies' schemas never meet in one process.
    """
    spec = importlib.util.spec_from_file_location(f"{_FOLDER}.{path.stem}", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise ImportError(f"{path.as_posix()} is no Python file with a class Patient")
    module = importlib.util.module_from_spec(spec)
    folder = ModuleType(_FOLDER)
    folder.__path__ = [str(path.parent.resolve())]
    # A file that was written a moment ago is found too.
    importlib.invalidate_caches()
    sys.modules[_FOLDER] = folder
    try:
        spec.loader.exec_module(module)
    finally:
        for name in [n for n in sys.modules if n.partition(".")[0] == _FOLDER]:
            del sys.modules[name]
    return module


def shape_gate(model: type[PatientModel], harmonized: pd.DataFrame) -> pd.DataFrame:
    """The gate of harmonization: the model's columns, types and key, without its rules.

    It stands at the entry of validation, so that harmonization need not import pandera.

    Raises
    ------
    pandera.errors.SchemaErrors
        The table is not of the dictionary's shape: a fault of the program, not of a center.
    """
    # pandera keeps one schema per model: without a copy the model itself would lose its rules.
    shape = copy.deepcopy(model.to_schema())
    keys = {"center", "patient_id"}
    for name, column in shape.columns.items():
        column.checks = []
        column.nullable = name not in keys
    shape.checks = []
    return shape.validate(harmonized, lazy=True)


def gate(model: type[PatientModel], patients: pd.DataFrame) -> pd.DataFrame:
    """The last word of a stage: the table satisfies the model, or the stage fails.

    Raises
    ------
    pandera.errors.SchemaErrors
        Some row breaks the model. The stage before it should have held that row back, so this is
        a fault of the program, not of a center.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pa.errors.SchemaWarning)
        return model.validate(patients, lazy=True)


__all__ = [
    "BetweenRule",
    "CenterRule",
    "PatientModel",
    "Rule",
    "SchemaErrors",
    "between_rule",
    "between_rules_of",
    "center_rule",
    "center_rules_of",
    "dictionary_of",
    "gate",
    "load_model",
    "rule",
    "rules_of",
    "shape_gate",
    "variable",
]
