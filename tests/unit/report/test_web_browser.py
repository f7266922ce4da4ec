"""The page for the screen as a browser shows it, where Chromium is installed.

Without it the same is held as far as the page itself says it.
"""

import html
import json
import re
import shutil
import subprocess

import pytest
from lxml import html as parser

from multicentric.report import compose
from multicentric.report.web import write_web
from tests.unit.report import simulated

PHONE = 375  # CSS pixels
# The page stands in a frame as wide as a phone: a browser's own window does not get that narrow.
FRAME = """<!doctype html><meta charset="utf-8"><title></title>
<body style="margin: 0"><iframe width="{width}" height="800" srcdoc="{page}"></iframe>
<script>
const frame = document.querySelector("iframe");
const seen = {{}};
frame.addEventListener("load", () => {{
  const page = frame.contentDocument, view = frame.contentWindow;
  page.fonts.ready.then(() => {{
    {look}
    document.title = JSON.stringify(seen);
  }});
}});
</script>"""
WIDTHS = """
const root = page.documentElement;
seen.page = [view.innerWidth, root.scrollWidth - root.clientWidth];
seen.fonts = [...page.fonts].filter((font) => font.status === "loaded").map((font) => font.family);
seen.boxes = [...page.querySelectorAll(".scroll")].map(
  (box) => [box.clientWidth, box.scrollWidth, box.tabIndex]);
"""
SORTS = """
const table = page.querySelector("#drops table");
const column = (n) => [...table.tBodies[0].rows].map((row) => row.cells[n].textContent);
const head = [...table.tHead.rows[0].cells].find((cell) => cell.textContent === "Records");
const button = head.querySelector("button");
const at = head.cellIndex;
seen.tab = button.tabIndex;
seen.printed = column(at);
seen.orders = [1, 2, 3].map(() => {
  button.focus();
  button.click();
  return [head.getAttribute("aria-sort"), column(at), page.activeElement === button];
});
const grouped = page.querySelector("#quality-table table");
grouped.tHead.rows[0].cells[0].querySelector("button").click();
grouped.tHead.rows[0].cells[0].querySelector("button").click();
seen.grouped = [...grouped.tBodies[0].rows].map((row) => [row.className, row.cells[0].textContent]);
const totals = page.querySelector("#records-by-center table");
totals.tHead.rows[0].cells[1].querySelector("button").click();
seen.totals = [...totals.tBodies[0].rows].map((row) => row.cells[1].textContent);
"""


@pytest.fixture(scope="module")
def page() -> str:
    sizes = ("alpha", "beta", "gamma", "delta", "epsilon")
    return write_web(compose(simulated.inputs(centers=sizes, per_group=110))).decode()


@pytest.fixture(scope="module")
def browser() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser")


def seen(browser: str, page: str, width: int, look: str, folder) -> dict:
    """What a look at the page in a frame of this width tells."""
    framed = folder / "framed.html"
    framed.write_text(FRAME.format(width=width, page=html.escape(page), look=look), "utf-8")
    run = subprocess.run(
        [
            browser,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            f"--user-data-dir={folder / 'profile'}",
            "--virtual-time-budget=10000",
            "--dump-dom",
            framed.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    title = re.search("<title>(.*?)</title>", run.stdout, re.DOTALL)
    assert title is not None
    return json.loads(html.unescape(title[1]))


def rows_of(page: str, block: str) -> list[list[str]]:
    rows = parser.fromstring(page).xpath(f"//*[@id='{block}']//tbody/tr")
    return [["".join(cell.itertext()) for cell in row] for row in rows]


def test_on_a_phone_tables_scroll_and_the_page_does_not(page, browser, tmp_path):
    style = "".join(parser.fromstring(page).xpath("//head/style/text()"))
    assert re.search(r"\.scroll \{[^}]*overflow-x: auto;[^}]*max-width: 100%", style)
    assert parser.fromstring(page).xpath("//table[not(ancestor::div[@class='scroll'])]") == []
    if browser is None:
        return
    told = seen(browser, page, PHONE, WIDTHS, tmp_path)
    assert told["page"] == [PHONE, 0]
    assert {"Report Sans", "Report Serif"} == set(told["fonts"])
    wide = [(shown, whole, stop) for shown, whole, stop in told["boxes"] if whole > shown]
    assert len(wide) > 3
    assert all(shown < PHONE and stop == 0 for shown, _, stop in wide)


def test_tables_are_sorted_by_buttons_and_read_without_them(page, browser, tmp_path):
    printed = [row[3] for row in rows_of(page, "drops")]
    assert parser.fromstring(page).xpath("//button") == []
    assert len(set(printed)) > 3
    if browser is None:
        return
    told = seen(browser, page, 1000, SORTS, tmp_path)
    assert (told["tab"], told["printed"]) == (0, printed)
    up = sorted(printed, key=int)
    assert told["orders"] == [
        ["ascending", up, True],
        ["descending", up[::-1], True],
        [None, printed, True],
    ]
    by_group: list[list[str]] = []
    for kind, label in told["grouped"]:
        by_group.append([label]) if kind == "group" else by_group[-1].append(label)
    as_printed: list[list[str]] = []
    for row in rows_of(page, "quality-table"):
        as_printed.append([row[0]]) if not any(row[1:]) else as_printed[-1].append(row[0])
    assert [group[0] for group in by_group] == [group[0] for group in as_printed]
    for shown, before in zip(by_group, as_printed, strict=True):
        assert shown[1:] == sorted(before[1:], reverse=True)
    sent = [row[1] for row in rows_of(page, "records-by-center")]
    assert told["totals"] == [*sorted(sent[:-1], key=int), sent[-1]]
    assert int(sent[-1]) == sum(map(int, sent[:-1]))


def test_a_script_that_is_not_ours_does_not_run(page, browser, tmp_path):
    foreign = page.replace("</main>", "<script>document.title = 'taken'</script></main>")
    assert "'unsafe-inline'" not in re.findall("script-src[^;]*", foreign)[0]
    if browser is None:
        return
    look = "seen.title = page.title; seen.buttons = page.querySelectorAll('button').length;"
    told = seen(browser, foreign, 1000, look, tmp_path)
    assert told["title"] == "New versus old arm in a disease"
    assert told["buttons"] > 10
