"""The summary of a center's questions: two pages in its language, beside the workbook."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from multicentric import ENGINE
from multicentric.queries.pack import SHEETS, Addressee
from multicentric.queries.words import Words

TEMPLATES = ENGINE / "templates"
# No such host exists, so the bytes do not depend on where the project lies.
_BASE = "https://queries.invalid/"
# More rules than this would not fit on the first page; the others are counted.
MOST_RULES = 14
# More variables than this would not fit on the second; the fullest are then left out and counted.
MOST_VARIABLES = 40
# What a rule asks, and the list of what is not collected, are cut where they would run on.
LONGEST_LINE, LONGEST_LIST = 160, 600


@dataclass(frozen=True)
class RuleLine:
    """A rule with its questions."""

    id: str
    asks: str
    n: int
    share: str


@dataclass(frozen=True)
class VariableLine:
    """A variable and how far it is filled."""

    label: str
    filled: str


def summary_page(
    queries: pd.DataFrame,
    checks: pd.DataFrame,
    records: pd.DataFrame,
    to: Addressee,
    previous: str,
    words: Words,
) -> str:
    """The summary as HTML.

    Parameters
    ----------
    queries
        `multicentric.queries.states.COLUMNS`.
    checks
        `multicentric.validate.checks.COLUMNS`, for denominators and completeness.
    records
        Records sent: ``held``.
    previous
        Date of the delivery before, or empty.
    """
    import jinja2

    standing = {key: int((queries["standing"] == key).sum()) for key in SHEETS}
    new = int((queries["state"] == "new").sum())
    rules = _rule_lines(queries, checks, words)
    complete = checks[(checks["rule"] == "complete")]
    collected = complete[complete["applicable"] > 0]
    gaps = collected["failed"].astype(float) / collected["applicable"].astype(float)
    shown = collected[gaps.rank(method="first", ascending=False) <= MOST_VARIABLES]
    fuller = len(collected) - len(shown)
    absent = complete[complete["applicable"] == 0]
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
    )
    return environment.get_template("queries.html.j2").render(
        words=words,
        title=words("summary.title", center=to.name),
        lead=words(
            "summary.lead",
            drop=to.drop,
            patients=len(records),
            held=int(records["held"].fillna(False).sum()),
        ),
        simulated=to.simulated,
        privacy=words("privacy", center=_in_css(to.name)),
        tiles=[
            (words("summary.open"), standing["open"]),
            (words("summary.new"), new),
            (words("summary.answered"), standing["answered"]),
            (words("summary.solved"), standing["solved"]),
        ],
        since=words("summary.change", drop=previous) if previous else words("summary.first"),
        rules=rules[:MOST_RULES],
        more=words("summary.more", n=len(rules) - MOST_RULES) if len(rules) > MOST_RULES else "",
        variables=[_variable_line(row, words) for row in shown.to_dict("records")],
        fuller=words("summary.fuller", n=fuller) if fuller else "",
        not_collected=_cut(
            ", ".join(words.label(name) for name in absent["variables"]), LONGEST_LIST
        ),
    )


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def _in_css(text: str) -> str:
    """A name inside a quoted string of a style sheet."""
    return "".join(sign for sign in text if sign.isprintable() and sign not in '"\\<>{}')


def _rule_lines(queries: pd.DataFrame, checks: pd.DataFrame, words: Words) -> list[RuleLine]:
    there = queries[queries["standing"] != "solved"].fillna({"variables": ""})
    lines = []
    for (rule, variables), part in there.groupby(["rule", "variables"], sort=True):
        of = checks[(checks["rule"] == rule) & (checks["variables"] == variables)]
        if of.empty:
            of = checks[(checks["rule"] == "complete") & (checks["variables"] == variables)]
        n, applicable = len(part), int(of["applicable"].sum())
        share = words("summary.of", n=applicable) if applicable >= n else ""
        labels = [words.label(name) for name in variables.split(", ") if name in words.variables]
        named = words.phrases.get(f"rule.{rule}")
        what = ", ".join(dict.fromkeys(labels)) or str(part["told"].iloc[0])
        # A finding between centers is about the person, whatever it is known by.
        asks = named if named and "patient_id" in variables.split(", ") else what
        asks = f"{named}: {what}" if named and asks != named else asks
        lines.append(RuleLine(str(rule), _cut(asks, LONGEST_LINE), n, share))
    return sorted(lines, key=lambda line: (-line.n, line.id, line.asks))


def _variable_line(row: dict[Any, Any], words: Words) -> VariableLine:
    there = row["applicable"] - row["failed"]
    share = 100 * there / row["applicable"]
    # 100 % is said of a full column only.
    percent = "100" if row["failed"] == 0 else f"{min(share, 99.0):.0f}"
    return VariableLine(words.label(row["variables"]), f"{there}/{row['applicable']} ({percent} %)")


def write_summary(page: str) -> bytes:
    """Render the summary; the same page gives the same bytes.

    Raises
    ------
    ValueError
        The page asks for a file that is not the engine's own.
    """
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class OwnFonts(URLFetcher):
        def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
            name = url.removeprefix(_BASE)
            known = {f"fonts/{font.name}": font for font in (TEMPLATES / "fonts").glob("*.ttf")}
            if not url.startswith(_BASE) or name not in known:
                raise ValueError(f"the summary asked for {url}, which is not part of it")
            kind = {"Content-Type": "font/ttf"}
            return URLFetcherResponse(url, known[name].read_bytes(), kind)

    html = weasyprint.HTML(string=page, base_url=_BASE, url_fetcher=OwnFonts())
    return html.write_pdf(font_config=FontConfiguration(), pdf_variant="pdf/a-3a", pdf_tags=True)
