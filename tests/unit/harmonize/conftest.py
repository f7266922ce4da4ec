"""A small dictionary and a way to harmonize a few lines of text."""

from types import SimpleNamespace

import pytest

from multicentric.dictionary import Dictionary, Variable
from multicentric.harmonize import harmonize_center
from multicentric.mapping import parse_mapping

DICTIONARY = Dictionary(
    (
        Variable("sex", "Sex", "code", "if_sent", codes={"female": "Female", "male": "Male"}),
        Variable("grade", "Grade", "integer"),
        Variable("percent", "Percent", "number", unit="%"),
        Variable("bone", "Bone", "flag"),
        Variable("start", "Start", "date", "always"),
        Variable("seen", "Last seen", "date", "if_sent"),
        Variable("months", "Follow-up", "number", unit="months"),
        Variable(
            "response",
            "Response",
            "code",
            "if_sent",
            codes={c: c for c in ("CR", "PR", "SD", "PD")},
        ),
        Variable("comment", "Comment", "text"),
    )
)
TABLE = "  patients: {file: a.csv, format: delimited, key: ID"


@pytest.fixture
def dictionary():
    return DICTIONARY


@pytest.fixture
def harmonize(tmp_path):
    """Harmonize `a.csv` (and `visits`, `more`) by the variable blocks given as text."""

    def run(
        variables,
        patients,
        *,
        tables="",
        head="",
        tail="",
        split=None,
        dictionary=DICTIONARY,
        secret=None,
        harmless="",
        **files,
    ):
        for name, text in {"a": patients, **files}.items():
            (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
        blocks = "".join(f"  {line}\n" for line in variables.splitlines())
        table = TABLE + (f", harmless: {harmless}" if harmless else "") + "}\n"
        text = f"center: {{name: Test}}\n{head}tables:\n{table}{tables}variables:\n{blocks}{tail}"
        mapping = parse_mapping(text)
        how = {"split": split, "secret": secret}
        made = harmonize_center("test", tmp_path, mapping, dictionary, **how)
        lineage = made.lineage.set_index(["patient_id", "variable"])
        return SimpleNamespace(
            table=made.table.set_index("patient_id"),
            lineage=lineage,
            intake=made.intake,
            rules=list(made.intake["rule"]),
            mapping=mapping,
            made=made,
        )

    return run
