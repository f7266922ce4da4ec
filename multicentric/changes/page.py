"""The changes of one center as a page."""

from __future__ import annotations

import pandas as pd

from multicentric import ENGINE
from multicentric.changes.told import in_words
from multicentric.queries.words import Words

TEMPLATES = ENGINE / "templates"


def changes_page(
    center: str, before: str, after: str, changes: pd.DataFrame, words: Words, *, simulated: bool
) -> str:
    """HTML that stands alone: the four layers, and what we read otherwise, as sentences."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
    )
    return environment.get_template("changes.html.j2").render(
        words=words,
        center=center,
        before=before,
        after=after,
        simulated=simulated,
        layers=in_words(changes, words),
    )
