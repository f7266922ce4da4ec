"""What is exported says what was published, in every form."""

import csv
import json
import shutil
import stat
import subprocess
from pathlib import Path
from types import ModuleType
from urllib.parse import quote

import numpy as np
import pandas as pd
import pyreadstat
import pytest
import requests
from rocrate_validator import services
from rocrate_validator.models import Severity, ValidationSettings
from rocrate_validator.utils.http import HttpRequester

from multicentric.audit.explain import Explained
from multicentric.audit.exports.crate import CONTEXT
from multicentric.audit.exports.dictionaries import REDCAP_COLUMNS
from multicentric.audit.ledger import read_ledger
from multicentric.survival.cox import fit_cox
from multicentric.tables import read_table
from tests.workflow.tree import Run, Tree

FORMS = ("parquet", "xpt", "json")


@pytest.fixture(scope="module")
def folder(built: tuple[Tree, Run]) -> Path:
    return built[0] / "results/exports"


def xpt(folder: Path, name: str) -> pd.DataFrame:
    return pyreadstat.read_xport(folder / f"{name}.xpt")[0]


@pytest.mark.parametrize("name", ["adsl", "adtte"])
def test_three_forms_say_the_same(folder: Path, name: str) -> None:
    parquet = read_table(folder / f"{name}.parquet")
    document = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    transport = xpt(folder, name)
    columns = [column["name"] for column in document["columns"]]
    assert list(parquet.columns) == columns == list(transport.columns)
    assert len(parquet) == document["records"] == len(document["rows"]) == len(transport)
    for at, column in enumerate(columns):
        sent = [row[at] for row in document["rows"]]
        kept = parquet[column]
        if pd.api.types.is_datetime64_any_dtype(kept.dtype):
            kept = kept.dt.date.map(lambda day: None if pd.isna(day) else day.isoformat())
            read = transport[column].map(lambda day: None if pd.isna(day) else str(day)[:10])
            assert read.tolist() == [None if pd.isna(day) else day for day in kept]
        elif pd.api.types.is_numeric_dtype(kept.dtype):
            read = transport[column].to_numpy(float)
            np.testing.assert_array_equal(
                read, kept.astype("Float64").to_numpy(float, na_value=np.nan)
            )
        else:
            assert transport[column].tolist() == kept.fillna("").tolist()
        assert [None if pd.isna(value) else value for value in kept] == sent


def test_names_and_labels_fit_the_transport_format(folder: Path) -> None:
    with (folder / "define.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert all(len(row["Variable"]) <= 8 and row["Variable"].isupper() for row in rows)
    assert all(len(row["Label"]) <= 40 for row in rows)
    for name in ("adsl", "adtte"):
        own = [row["Variable"] for row in rows if row["Dataset"] == name.upper()]
        assert own == list(xpt(folder, name).columns)
        assert len(own) == len(set(own))


def test_an_event_is_censor_0(folder: Path, built: tuple[Tree, Run]) -> None:
    times = read_table(built[0] / "results/pooled/time_to_event.parquet")
    adtte = read_table(folder / "adtte.parquet")
    assert (adtte["CNSR"] == 0).tolist() == times["event"].tolist()
    assert adtte["AVAL"].tolist() == times["months"].tolist()
    assert adtte.loc[adtte["CNSR"] == 0, "CNSDTDSC"].isna().all()
    assert adtte.loc[adtte["CNSR"] == 1, "CNSDTDSC"].notna().all()


def test_sources_lead_to_the_cell_that_ended_the_time(
    folder: Path, built: tuple[Tree, Run]
) -> None:
    adtte = read_table(folder / "adtte.parquet")
    assert adtte[["SRCDOM", "SRCVAR", "SRCSEQ"]].notna().all(axis=None)
    drop = built[0] / "centers/aras/2025-06-02"
    dated = adtte[(adtte["SITEID"] == "aras") & adtte["ADT"].notna()]
    assert len(dated) > 100
    for row in dated.to_dict("records"):
        with (drop / row["SRCDOM"]).open(encoding="utf-8", newline="") as file:
            sent = list(csv.DictReader(file))[row["SRCSEQ"] - 2]
        assert sent["PatientID"] == row["SUBJID"]
        assert sent[row["SRCVAR"]] == row["ADT"].date().isoformat()


def test_the_primary_model_refitted_from_the_transport_files_is_the_published_one(
    folder: Path, built: tuple[Tree, Run], tmp_path: Path
) -> None:
    """As an analyst would: merge ADSL and ADTTE, turn CNSR round, stratify by site."""
    explained = Explained(built[0].folder)
    study = explained.study
    with (folder / "define.csv").open(encoding="utf-8", newline="") as file:
        name_of = {
            row["Predecessor"]: row["Variable"]
            for row in csv.DictReader(file)
            if row["Dataset"] == "ADSL"
        }
    adtte = xpt(folder, "adtte").query("PARAMCD == 'PFS'")
    data = adtte.merge(xpt(folder, "adsl"), on=["USUBJID", "SITEID"])
    columns = []
    for term in (study.terms[name] for name in study.models.adjusted):
        values = data[name_of[term.variable]]
        if term.per is not None:
            column = values / term.per
        elif term.at_least is not None:
            column = (values >= term.at_least).astype(float).mask(values.isna())
        else:
            level = {"yes": "Y", "no": "N"}.get(term.level, term.level)
            column = (values == level).astype(float).mask(values == "")
        columns.append(column)
    design = pd.concat(columns, axis=1).to_numpy(float)
    complete = ~np.isnan(design).any(axis=1)
    fit = fit_cox(
        data["AVAL"].to_numpy(float)[complete],
        (data["CNSR"] == 0).to_numpy()[complete],
        design[complete],
        study.models.adjusted,
        strata=data["SITEID"].to_numpy(str)[complete],
    )
    estimates = explained.table("estimates")
    own = estimates["endpoint"].eq("pfs") & estimates["model"].eq("cox_adjusted_stratified")
    published = estimates[own & estimates["population"].eq("primary")].set_index("term")
    expected = np.log(published.loc[study.models.adjusted, "value"].to_numpy(float))
    np.testing.assert_allclose(fit.coef, expected, rtol=1e-7)
    if r_reads_transport_files():
        refit_in_r(folder, tmp_path, data["USUBJID"][complete], design[complete], expected)


def r_reads_transport_files() -> bool:
    """Whether R is here, with the packages that read a transport file and fit the model."""
    program = 'quit(status = !all(sapply(c("foreign", "survival"), requireNamespace)))'
    return (
        bool(shutil.which("Rscript"))
        and not subprocess.run(
            ["Rscript", "-e", program], capture_output=True, check=False
        ).returncode
    )


def refit_in_r(
    folder: Path, scratch: Path, subjects: pd.Series, design: np.ndarray, expected: np.ndarray
) -> None:
    """R reads the same transport file, and its coxph gives the same coefficients."""
    names = [f"x{n}" for n in range(design.shape[1])]
    table = pd.DataFrame(design, columns=names).assign(USUBJID=subjects.to_numpy())
    table.to_csv(scratch / "design.csv", index=False)
    program = f"""
        library(survival); library(foreign)
        adtte <- read.xport("{folder.as_posix()}/adtte.xpt")
        adtte <- adtte[trimws(adtte$PARAMCD) == "PFS", ]
        adtte$USUBJID <- trimws(adtte$USUBJID)
        data <- merge(adtte, read.csv("design.csv"), by = "USUBJID")
        fit <- coxph(Surv(AVAL, CNSR == 0) ~ {" + ".join(names)} + strata(SITEID), data)
        cat(format(coef(fit), digits = 15))
    """
    run = subprocess.run(
        ["Rscript", "-e", program], cwd=scratch, capture_output=True, text=True, check=True
    )
    np.testing.assert_allclose([float(x) for x in run.stdout.split()], expected, rtol=1e-7)


def test_the_redcap_dictionary_has_the_columns_and_codes_of_redcap(
    folder: Path, built: tuple[Tree, Run]
) -> None:
    with (folder / "redcap_dictionary.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == REDCAP_COLUMNS
    named = {row[REDCAP_COLUMNS[0]]: row for row in rows}
    for variable in Explained(built[0].folder).dictionary:
        choices = named[variable.name]["Choices, Calculations, OR Slider Labels"]
        codes = [choice.split(", ", 1) for choice in choices.split(" | ") if choice]
        assert dict(codes) == variable.codes
    assert named["patient_id"]["Identifier?"] == named["birth_date"]["Identifier?"] == "y"


def test_the_table_schema_describes_the_validated_tables(
    folder: Path, built: tuple[Tree, Run]
) -> None:
    schema = json.loads((folder / "table_schema.json").read_text(encoding="utf-8"))
    validated = read_table(built[0] / "results/validated/aras.parquet")
    assert [field["name"] for field in schema["fields"]] == list(validated.columns)
    for field in schema["fields"]:
        values = validated[field["name"]].dropna()
        rules = field.get("constraints", {})
        assert set(values.astype(str)) <= set(rules.get("enum", values.astype(str)))
        assert (values >= rules["minimum"]).all() if "minimum" in rules else True
        assert not (rules.get("required") and validated[field["name"]].isna().any())


def test_exports_are_for_their_owner_alone(folder: Path) -> None:
    modes = {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert modes == {0o600}


# The validator asks the network for this context; these are the terms of it that the crate uses.
SCHEMA = "http://schema.org/"
TERMS = {
    "File": f"{SCHEMA}MediaObject",
    "ComputationalWorkflow": "https://bioschemas.org/ComputationalWorkflow",
    "conformsTo": "http://purl.org/dc/terms/conformsTo",
}


@pytest.fixture
def validator(monkeypatch: pytest.MonkeyPatch, built: tuple[Tree, Run]) -> ModuleType:
    """The validator, with the crate's context at hand and no network."""
    crate = json.loads((built[0] / "results/audit/ro-crate-metadata.json").read_text())
    kinds = {kind for entity in crate["@graph"] for kind in np.atleast_1d(entity["@type"])}
    keys = {key for entity in crate["@graph"] for key in entity if not key.startswith("@")}
    context = {"@context": {name: f"{SCHEMA}{name}" for name in kinds | keys} | TERMS}

    def get(self: object, url: str, **options: object) -> requests.Response:
        assert url == CONTEXT
        answer = requests.Response()
        answer.status_code, answer.url = 200, url
        answer.headers["Content-Type"] = "application/ld+json"
        answer._content = json.dumps(context).encode()
        return answer

    def read(source: object, *more: object, **options: object) -> tuple[object, None]:
        assert source == CONTEXT
        return context, None

    # The requester finds its methods in its session, so it has none of this name to replace.
    monkeypatch.setattr(HttpRequester, "get", get, raising=False)
    monkeypatch.setattr("rdflib.plugins.shared.jsonld.context.source_to_json", read)
    return services


@pytest.mark.parametrize(
    "profile", ["process-run-crate", "workflow-ro-crate", "workflow-run-crate"]
)
def test_the_crate_satisfies_its_profiles(
    validator: ModuleType, built: tuple[Tree, Run], profile: str
) -> None:
    def issues(folder: Path) -> list[str]:
        settings = ValidationSettings(
            rocrate_uri=str(folder),
            profile_identifier=profile,
            requirement_severity=Severity.REQUIRED,
        )
        return [issue.message for issue in validator.validate(settings).get_issues()]

    assert issues(built[0] / "results/audit") == []


def test_the_crate_names_every_input_and_output_with_its_hash(built: tuple[Tree, Run]) -> None:
    folder = built[0] / "results/audit"
    crate = json.loads((folder / "ro-crate-metadata.json").read_text())
    hashed = {e["@id"]: e["sha256"] for e in crate["@graph"] if "sha256" in e}
    entries = [line.entry for line in read_ledger(built[0] / "audit/ledger.jsonl")]
    for entry in entries:
        for name, measured in {**entry["files"], **entry["inputs"]}.items():
            assert hashed[f"../../{quote(name)}"] == measured["sha256"]
