"""Every accepted center effect stands in one table, with how far apart the centers are."""

import re
from dataclasses import replace

import pandas as pd
import pypdfium2

from multicentric.report import compose
from multicentric.report.center_models import MODELS
from multicentric.report.pdf import write_pdf
from tests.unit.report import simulated
from tests.unit.report.conftest import plain


def test_models_variances_and_each_centers_hazard_stand_in_the_table():
    given = simulated.inputs()
    endpoint = next(iter(given.study.times_to_event))
    exposure = given.study.exposure.term
    interval = {"ci_low": 0.5, "ci_high": 1.5}
    rows = [
        {"model": model, "statistic": "hazard_ratio", "term": exposure, "value": 0.91, **interval}
        for model in MODELS
    ]
    rows += [
        {"model": "cox_adjusted_random_slope", "statistic": "tau2", "value": 0.0321}
        | {"ci_low": 0.0, "ci_high": 0.4567, "p_value": 0.21},
        {"model": "two_stage_reml", "statistic": "i2", "value": 12.0},
        {"model": "two_stage_reml", "statistic": "tau2", "value": 0.0123, **interval},
    ]
    for distribution, theta in (("gamma", 0.1111), ("gaussian", 0.2222)):
        model = f"cox_adjusted_{distribution}_frailty"
        rows.append({"model": model, "statistic": "theta", "value": theta, "p_value": 0.03})
        rows.append({"model": model, "statistic": "median_hazard_ratio", "value": 1.37})
    rows += [
        {"model": "cox_adjusted_gaussian_frailty", "population": f"center:{name}"}
        | {"statistic": "center_hazard_ratio", "value": value, **interval}
        for name, value in (("north", 0.77), ("south", 1.33))
    ]
    more = pd.DataFrame(rows).assign(endpoint=endpoint)
    more["population"] = more["population"].fillna("primary")
    own = given.estimates
    kept = own[~(own["model"].isin(set(more["model"])) & (own["endpoint"] == endpoint))]
    table = pd.concat([kept, more], ignore_index=True).reindex(columns=own.columns)
    text_columns = own.select_dtypes("string").columns
    table[text_columns] = table[text_columns].fillna("")
    html = compose(replace(given, estimates=table.astype(own.dtypes.to_dict()))).html
    spaced = re.sub(r"</(?:th|td)>", " ", html)
    text = plain(re.sub(r"<[^>]+>", "", spaced))
    for name in MODELS.values():
        assert name in text
    assert "&lt;span" not in html
    assert "τ² = 0.012 (95% CI 0.500–1.500), by restricted maximum likelihood, I² = 12%" in text
    assert (
        "Variance between centers of the effect that varies: 0.032 (95% CI 0.000–0.457; P = 0.21)."
        in text
    )
    assert (
        "Variance of the gamma random effect of center: 0.111 (P = 0.03), median hazard ratio"
        " between two centers 1.37." in text
    )
    assert "Hazard of each center against an average one" in text
    assert re.search(r"\bnorth\b.{0,60}0\.77 \(0\.50–1\.50\)", text)
    assert re.search(r"\bsouth\b.{0,60}1\.33 \(0\.50–1\.50\)", text)


def test_a_prediction_interval_stands_without_an_estimate():
    page = compose(simulated.inputs())
    views = [view for section in page.sections for view in section.centers]
    rows = [row for view in views for row in view.rows if "prediction" in row.name]
    assert len(rows) == 2
    for row in rows:
        assert re.fullmatch(r"[\d.]+–[\d.]+", str(row.ratio.text))
        drawing = page.bundle[row.ratio_drawing.own]
        assert b"<line" in drawing
        assert b"<rect" not in drawing


def test_the_axis_of_a_cut_forest_stands_below_its_last_row():
    inputs = simulated.inputs(per_group=120, subgroups=["stage", "fever"])
    page = compose(inputs)
    head, _, body = page.html.partition("<body")
    block = body[body.index('<div class="block splits" id="subgroups-os"') :].split("</table>")[0]
    start, end = block.index("<tbody>"), block.index("</tbody>")
    long = block[:start] + 30 * f"{block[start:end]}</tbody>" + block[start:]
    html = f"{head}<body>{long}</table></div></body></html>"
    document = pypdfium2.PdfDocument(write_pdf(html, page.bundle, {}, inputs.study.cut_off))
    assert len(document) > 2
    for sheet in document:
        text = sheet.get_textpage()
        places = [text.get_rect(n) for n in range(text.count_rects())]
        written = [(text.get_text_bounded(*place), place[1]) for place in places]
        row = min(up for words, up in written if words.startswith("1."))
        axis = max(up for words, up in written if words == "F")  # of Favors
        assert 0 < row - axis < 30  # points, with the numbers of the axis between them
