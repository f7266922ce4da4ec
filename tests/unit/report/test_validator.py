"""Both standards that the report claims, by a validator that knows them rule by rule."""

import page as validator
import pytest

from multicentric.report import compose, render_report
from multicentric.report.journal import forms_of, journal_figures
from tests.unit.report import simulated
from tests.unit.report.conftest import Made
from tests.unit.report.test_pdf import a_page
from tests.unit.report.test_sections import OUT, TWELVE

PROFILES = ["3a", "ua1"]


def failures(pdf: bytes, profile: str) -> list[str]:
    report = validator.validate_pdf_bytes(pdf, profile=profile)
    assert report.rules.total > 90
    return [f"{failure.rule_id}: {failure.message}" for failure in report.failures]


@pytest.mark.parametrize("profile", PROFILES)
def test_the_report_keeps_the_standards(report: Made, profile: str) -> None:
    assert failures(report.pdf, profile) == []


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(
    "scenario",
    [
        {"centers": (), "out": [OUT]},
        {"events": False, "subgroups": ["stage", "fever"]},
        {"groups": TWELVE, "per_group": 15, "out": [OUT] * 6},
        {"groups": {"old": "Old arm"}},
    ],
    ids=["no center", "no event", "twelve groups", "one group"],
)
def test_every_kind_of_report_keeps_them(scenario, profile):
    assert failures(render_report(simulated.inputs(**scenario)), profile) == []


@pytest.mark.parametrize("profile", PROFILES)
def test_a_figure_by_itself_keeps_them(profile):
    inputs = simulated.inputs()
    for figure in journal_figures(compose(inputs), inputs):
        if figure.name in ("flow", "km-os"):
            pdf = forms_of(figure, inputs.study.cut_off)["pdf"]
            assert failures(pdf, profile) == []


def test_the_validator_finds_a_planted_fault():
    from datetime import date

    from multicentric.report.bundle import Bundle
    from multicentric.report.pdf import write_pdf

    jump = write_pdf(a_page("<h4>A heading three levels down</h4>"), Bundle(), {}, date(2024, 1, 1))
    assert any("HEADING" in failure for failure in failures(jump, "ua1"))
