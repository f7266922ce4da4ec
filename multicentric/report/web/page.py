"""The page for the screen, made from the page for paper: the same sections, the same numbers.

What is composed once for the PDF is read back here and set for a screen: drawings become part of
the page, tables scroll within their own width and can be sorted, page numbers become links. So
nothing can stand in one form of the report and not in the other.
"""

from __future__ import annotations

import base64
import hashlib
import re
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from multicentric.report.bundle import TEMPLATES
from multicentric.report.document import Page
from multicentric.report.web.drawings import Drawings
from multicentric.report.web.fonts import RENAMED, font_faces

# Rows below these heads are different quantities of one group, not things of one kind to be sorted.
_QUANTITIES = {"Characteristic", "Estimate", "Months", "Outcome"}
# What a block shows in a width of its own, apart from its caption and its notes; and where a figure
# is small or stands in such a width already.
_WIDE = {"table", "km", "figure"}
_NARROW = {"km", "panel"}
_ADDRESS = re.compile(r"""url\((?!["']?[#)])|@import""")


class NotInPage(Exception):
    """A page asks for something that does not travel within it; the message names it."""


def write_web(page: Page) -> bytes:
    """The report as one file of HTML that loads nothing.

    Parameters
    ----------
    page
        The page as it is composed for the PDF, with its drawings.

    Returns
    -------
    bytes
        UTF-8; the same bytes for the same page.

    Raises
    ------
    NotInPage
        An address leads out of the page.
    """
    import tinyhtml5

    paper = tinyhtml5.parse(page.html, namespace_html_elements=False)
    body = _the(paper, "body")
    running = _running(body)
    drawings = Drawings(page.bundle)
    _draw(body, drawings)
    _name_targets(body)
    for table in list(body.iter("table")):
        _captioned(body, table)
    _scrolling(body)
    html = _page(_the(paper, "head"), body, running, dict(paper.attrib))
    _closed(html)
    text = ElementTree.tostring(html, encoding="unicode", method="html")
    return f"<!doctype html>\n{text}\n".encode()


# --- what stands on every page of paper, once ---


def _running(body: Element) -> list[str]:
    """Take the texts of running heads and feet out of the page, and return them."""
    found = [child for child in body if child.get("class", "").startswith("running-")]
    for element in found:
        body.remove(element)
    return [" ".join("".join(element.itertext()).split()) for element in found]


# --- drawings ---


def _draw(body: Element, drawings: Drawings) -> None:
    parents = _parents(body)
    for image in list(body.iter("img")):
        name = image.get("src", "")
        if name not in drawings:
            raise NotInPage(f"The page for the screen asks for {name}, which is not part of it.")
        figure = drawings.figure(name, image.get("alt", ""))
        figure.set("class", "figure")
        _replace(parents[image], image, figure)
    for element in body.iter():
        asked = re.findall(r"url\(([^)]*)\)", element.get("style", ""))
        behind = [drawings.ornament(name, _kind(name)) for name in asked if name in drawings]
        if behind:
            del element.attrib["style"]
            element.extend(reversed(behind))


def _kind(name: str) -> str:
    """What runs through all rows stretches with its row; the row's own drawing does not."""
    return "guides" if name.endswith("-guides.svg") else "own"


# --- links ---


def _name_targets(body: Element) -> None:
    """Links that paper shows as page numbers get the names of where they lead; none leads out."""
    named: dict[str, str] = {}
    for link in body.iter("a"):
        # The contents come first and name in full.
        if _said(link):
            named.setdefault(link.get("href", ""), _said(link))
    for link in body.iter("a"):
        target = link.get("href", "")
        if not target.startswith("#"):
            link.attrib.pop("href", None)
        elif not _said(link) and target in named:
            link.text = named[target]


# --- tables ---


def _captioned(body: Element, table: Element) -> None:
    """Set a table's caption before it, where it keeps to the screen's width."""
    caption = table.find("caption")
    if caption is None or "risk" in table.get("class", "").split():
        return
    table.remove(caption)
    caption.tag, caption.tail = "p", "\n"
    caption.attrib = {"class": "caption"}
    parent = _parents(body)[table]
    parent.insert(list(parent).index(table), caption)
    if _sortable(table):
        table.set("class", f"{table.get('class', '')} sortable".strip())


def _sortable(table: Element) -> bool:
    head = table.find("thead/tr[last()]/th")
    rows = table.findall("tbody/tr")
    return head is not None and _said(head) not in _QUANTITIES and len(rows) > 2


def _scrolling(body: Element) -> None:
    """Let what is wider than a screen scroll within the page; the page itself never does.

    What scrolls can be reached by keyboard, and is called what its caption says.
    """
    captions = 0
    for parent in list(body.iter()):
        if parent.get("class") in _NARROW:
            continue
        wide: Element | None = None
        label: dict[str, str] = {}
        for child in list(parent):
            if child.get("class") == "caption":
                captions += 1
                child.set("id", f"caption-{captions}")
                label = {"aria-labelledby": f"caption-{captions}"}
            if not _is_wide(child):
                wide = None
                continue
            if wide is None:
                role = {"role": "group", **label} if label else {}
                wide = Element("div", {"class": "scroll", "tabindex": "0", **role})
                wide.tail = "\n"
                parent.insert(list(parent).index(child), wide)
            parent.remove(child)
            wide.append(child)
            if child.tag == "table" and child.find("caption") is None:
                child.attrib |= label


def _is_wide(element: Element) -> bool:
    return element.tag in _WIDE or element.get("class") in _WIDE


# --- the page around it ---


def _page(head: Element, body: Element, running: list[str], attributes: dict[str, str]) -> Element:
    html = Element("html", attributes)
    script = (TEMPLATES / "web.js").read_text(encoding="utf-8")
    top = ElementTree.SubElement(html, "head")
    ElementTree.SubElement(top, "meta", {"charset": "utf-8"})
    for name, content in (
        ("viewport", "width=device-width, initial-scale=1"),
        ("referrer", "no-referrer"),
        ("color-scheme", "light"),
    ):
        ElementTree.SubElement(top, "meta", {"name": name, "content": content})
    policy = {"http-equiv": "Content-Security-Policy", "content": _policy(script)}
    top.insert(1, Element("meta", policy))
    groups = ""
    for element in head:
        if element.tag in ("title", "meta") and element.get("charset") is None:
            top.append(element)
        elif element.tag == "style":
            groups += element.text or ""
    main = _main(body)
    inner = ElementTree.SubElement(html, "body")
    inner.extend([_skip(), _bar(running), main, _foot(running)])
    for element in inner.iter():
        for key in ("style", "font-family"):
            if key in element.attrib:
                element.set(key, _renamed_fonts(element.attrib[key]))
    shown = "".join(html.itertext())
    style = ElementTree.SubElement(top, "style")
    look = _renamed_fonts((TEMPLATES / "web.css").read_text(encoding="utf-8"))
    style.text = f"\n{font_faces(shown)}\n{look}{groups}"
    ElementTree.SubElement(inner, "script").text = script
    for part in (*top, *inner):
        part.tail = "\n"
    return html


def _policy(script: str) -> str:
    """Nothing is loaded and nothing is sent; of scripts only ours runs, told by its hash."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        "default-src 'none'; style-src 'unsafe-inline'; font-src data:; "
        f"script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )


def _main(body: Element) -> Element:
    main = Element("main", {"id": "main"})
    main.text = "\n"
    for child in list(body):
        if child.get("class") == "contents":
            child.tag = "nav"
            child.attrib |= {"id": "contents", "aria-label": "Contents"}
        main.append(child)
    return main


def _skip() -> Element:
    link = Element("a", {"class": "skip", "href": "#main"})
    link.text = "Skip to the report"
    return link


def _bar(running: list[str]) -> Element:
    """What stays in sight: the study, where its data come from, the way to the contents."""
    header = Element("header")
    for text in running[:2]:
        ElementTree.SubElement(header, "span").text = text.split(" · ")[0]
    link = ElementTree.SubElement(header, "a", {"href": "#contents"})
    link.text = "Contents"
    return header


def _foot(running: list[str]) -> Element:
    footer = Element("footer")
    for text in running:
        ElementTree.SubElement(footer, "p").text = text
    return footer


def _renamed_fonts(text: str) -> str:
    for name, new in RENAMED.items():
        text = text.replace(name, new)
    return text


def _closed(html: Element) -> None:
    """Hold that nothing in the page leads out of it.

    Raises
    ------
    NotInPage
        Something does.
    """
    for element in html.iter():
        for key, value in element.attrib.items():
            out = key in _LEADING and not value.startswith("#")
            if out or (key == "style" and _ADDRESS.search(value)):
                raise NotInPage(f"The page for the screen would lead to {value}.")


_LEADING = {"href", "src", "srcset", "action", "data", "poster", "formaction", "background"}


# --- the tree ---


def _the(parent: Element, tag: str) -> Element:
    found = parent.find(tag)
    assert found is not None  # a parsed page has both
    return found


def _said(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def _parents(root: Element) -> dict[Element, Element]:
    return {child: parent for parent in root.iter() for child in parent}


def _replace(parent: Element, old: Element, new: Element) -> None:
    new.tail = old.tail
    parent[list(parent).index(old)] = new
