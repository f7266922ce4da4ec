"""README and docs point to what exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_relative_link_leads_somewhere(page):
    text = page.read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)|src=\"([^\"]+)\"", text)
    relative = [a or b for a, b in targets if "://" not in (a or b)]
    missing = [target for target in relative if not (page.parent / target).exists()]
    assert missing == []


def test_the_readme_shows_the_report_and_links_every_page_of_the_docs():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "docs/report-page-1.png" in text
    assert [page.name for page in PAGES[1:] if f"docs/{page.name}" not in text] == []
