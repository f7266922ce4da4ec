"""The page for the screen: all that stands in the PDF, in one file that nothing leads out of."""

import base64
import hashlib
import io
import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from lxml import html as parser

from multicentric.report import Page, compose
from multicentric.report.web import NotInPage, write_web
from tests.unit.report import simulated
from tests.unit.report.conftest import plain
from tests.unit.report.test_safety import evil_inputs

ROOT = Path(__file__).resolve().parents[3]
SCENARIOS = {
    "plain": {},
    "one center": {"centers": ("alpha",)},
    "no event": {"events": False},
    "twelve groups": {"groups": {f"g{n}": f"Group number {n}" for n in range(12)}, "per_group": 12},
    "nobody": {"centers": ()},
    "long names": {"groups": {"new": "N" * 60, "old": "O" * 60}},
}


@pytest.fixture(scope="module", params=SCENARIOS)
def page(request) -> Page:
    return compose(simulated.inputs(**SCENARIOS[request.param]))


@pytest.fixture(scope="module")
def written(page) -> str:
    return write_web(page).decode()


@pytest.fixture(scope="module")
def web(written):
    return parser.fromstring(written)


@pytest.fixture(scope="module")
def one() -> Page:
    return compose(simulated.inputs())


def shown(element) -> str:
    """What is read, drawings aside."""
    return " ".join(
        text
        for text in element.xpath(".//text()[not(ancestor::svg or ancestor::style)]")
        if text.strip()
    )


def letters(text: str) -> str:
    return re.sub(r"\s+", "", text)


def test_every_recorded_number_stands_in_it(page, web):
    text = plain(" ".join(web.xpath("//body//text()")))
    assert page.numbers.printed
    assert [entry for entry in page.numbers.printed if plain(entry.text) not in text] == []


def test_it_says_what_the_paper_says_and_in_the_same_order(page, web):
    paper = parser.fromstring(page.html).find("body")
    for running in paper.xpath("./div[starts-with(@class, 'running-')]"):
        paper.remove(running)
    assert letters(shown(web.find(".//main"))) == letters(shown(paper))


def test_it_shows_every_figure_of_the_paper_and_says_what_it_shows(page, web):
    told = parser.fromstring(page.html).xpath("//img/@alt")
    assert web.xpath("//svg[@role='img']/@aria-label") == told
    others = web.xpath("//svg[not(@role='img')]")
    assert {svg.get("aria-hidden") for svg in others} <= {"true"}
    assert web.xpath("//img") == []


def test_it_has_the_landmarks_and_one_order_of_headings(web):
    assert web.get("lang") == "en"
    for landmark in ("header", "main", "nav", "footer", "h1"):
        assert len(web.xpath(f"//{landmark}")) == 1, landmark
    levels = [int(heading.tag[1]) for heading in web.xpath("//h1 | //h2 | //h3 | //h4")]
    assert levels[0] == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
    skip = web.find(".//body")[0]
    assert (skip.tag, skip.get("href")) == ("a", "#main")


def test_every_link_leads_to_something_in_it(web):
    names = Counter(web.xpath("//@id"))
    assert {name: n for name, n in names.items() if n > 1} == {}
    for kind in ("href", "aria-labelledby"):
        targets = {target.removeprefix("#") for target in web.xpath(f"//@{kind}")}
        assert targets <= set(names), kind
    for link in web.xpath("//a"):
        assert shown(link)
    inner = re.findall(r"url\(#([^)]+)\)", " ".join(web.xpath("//svg//@*")))
    assert set(inner) <= set(names)


def test_every_table_scrolls_in_a_width_of_its_own_and_is_named(web):
    tables = web.xpath("//table")
    assert tables
    for table in tables:
        (box,) = table.xpath("ancestor::div[@class='scroll']")
        assert (box.get("tabindex"), box.get("role")) == ("0", "group")
        assert box.get("aria-labelledby")
        assert table.get("aria-labelledby") or table.find("caption") is not None
        assert all(head.get("scope") for head in table.iter("th"))
    figures = web.xpath("//svg[@role='img'][not(ancestor::div[@class='panel'])]")
    assert [svg for svg in figures if not svg.xpath("ancestor::div[@class='scroll']")] == []


def test_tables_of_like_rows_can_be_sorted_and_others_not(web):
    for table in web.xpath("//table[not(contains(@class, 'risk'))]"):
        head = shown(table.xpath("./thead/tr[last()]/th")[0])
        alike = head not in {"Characteristic", "Estimate", "Outcome"}
        many = len(table.xpath("./tbody/tr")) > 2
        assert ("sortable" in table.get("class", "")) == (alike and many), head


def test_nothing_in_it_leads_out_of_it(written):
    assert "://" not in written
    assert re.findall(r"@import|<(?:link|iframe|object|embed|base|form)\b", written) == []
    assert set(re.findall(r"url\(([^),]*)", written)) <= {
        "data:font/woff2;base64",
        *re.findall(r"url\((#[^)]*)", written),
    }
    assert len(written) < 2_000_000


def test_a_browser_is_told_to_load_nothing_and_to_run_our_script_alone(web):
    (policy,) = web.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    (script,) = web.xpath("//script")
    digest = base64.b64encode(hashlib.sha256(script.text.encode()).digest()).decode()
    assert rules == {
        "default-src": "'none'",
        "style-src": "'unsafe-inline'",
        "font-src": "data:",
        "script-src": f"'sha256-{digest}'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    head = web.find("head")
    assert [head[0].get("charset"), head[1].get("http-equiv")] == [
        "utf-8",
        "Content-Security-Policy",
    ]


def test_what_people_wrote_stays_text():
    page = compose(evil_inputs())
    web = parser.fromstring(write_web(page).decode())
    assert len(web.xpath("//script")) == 1
    assert web.xpath("//img | //body//style | //b[text()='alpha'] | //i[text()='delta']") == []
    assert not [name for name in web.xpath("//@*") if name.attrname.startswith("on")]
    assert shown(web).count("<script>alert(1)</script>") > 10
    assert "<script>alert(1)</script>" in shown(web.find(".//h1"))


@pytest.mark.parametrize(
    ("origin", "told"), [("simulated", "Simulated data"), ("real", "Patient data")]
)
def test_it_says_where_the_data_come_from_wherever_the_paper_says_it(origin, told):
    web = parser.fromstring(write_web(compose(simulated.inputs(data_origin=origin))).decode())
    for place in ("header", "footer", "main"):
        assert told in shown(web.find(f".//{place}")), place
    assert ("Simulated data" in shown(web)) == (origin == "simulated")


def test_an_empty_link_of_the_paper_gets_the_name_of_its_target(one):
    asked = one.html.replace("</body>", '<p class="new"><a href="#methods"></a></p></body>')
    web = parser.fromstring(write_web(replace(one, html=asked)).decode())
    (link,) = web.xpath("//p[@class='new']/a")
    assert shown(link).split() == ["1", "Study", "and", "methods"]


@pytest.mark.parametrize(
    "foreign",
    [
        '<img src="https://example.org/x.png" alt="">',
        '<img src="figures/unknown.svg" alt="">',
        '<p style="background: url(https://example.org/x.png)"></p>',
        '<video src="x.mp4"></video>',
    ],
)
def test_what_does_not_travel_within_it_is_refused(one, foreign):
    with pytest.raises(NotInPage):
        write_web(replace(one, html=one.html.replace("</body>", f"{foreign}</body>")))


def test_fonts_bring_every_character_and_not_the_reserved_name(one):
    asked = replace(one, html=one.html.replace("</h1>", " Şırnak İzmir ≥</h1>"))
    faces = re.findall(r'font-family: "([^"]+)";[^}]*base64,([^)]+)\)', write_web(asked).decode())
    assert {name for name, _ in faces} == {"Report Sans", "Report Serif"}
    for _, encoded in faces:
        font = TTFont(io.BytesIO(base64.b64decode(encoded)))
        assert {ord(c) for c in "Şırnak İzmir ≥ – "} <= set(font.getBestCmap())
        names = {record.nameID: str(record) for record in font["name"].names}
        assert set(names) <= {0, 13, 14}
        assert "Open Font License" in names[13]


PROGRAM = """
import hashlib, sys
sys.path.insert(0, sys.argv[1])
from multicentric.report import compose
from multicentric.report.web import write_web
from tests.unit.report import simulated
print(hashlib.sha256(write_web(compose(simulated.inputs()))).hexdigest())
"""


def test_the_same_bytes_whatever_the_machine_is_set_to(one, tmp_path):
    settings = {"PYTHONHASHSEED": "4711", "TZ": "Asia/Istanbul", "LANG": "tr_TR.UTF-8"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(ROOT)],
        cwd=tmp_path,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == hashlib.sha256(write_web(one)).hexdigest()
