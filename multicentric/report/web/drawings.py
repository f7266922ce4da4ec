"""Drawings of the bundle within a page: as elements of the page itself, not as files beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree

from multicentric.report.bundle import Bundle

_NAMESPACE = re.compile(r"\{[^}]*\}")
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
# What a drawing says about itself; a page needs none of it.
_LEFT_OUT = {"metadata", "style", "title", "desc"}


class Drawings:
    """Puts drawings into one page, where their parts need names of their own.

    Parameters
    ----------
    bundle
        The drawings by name.
    """

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle
        self._known = set(bundle.names())
        self._count = 0

    def __contains__(self, name: str) -> bool:
        return name in self._known

    def figure(self, name: str, alternative: str) -> ElementTree.Element:
        """A drawing that says something; `alternative` says it to those who do not see it."""
        svg = self._drawing(name, f"d{self._count}-")
        self._count += 1
        svg.attrib |= {"role": "img", "aria-label": alternative}
        return svg

    def ornament(self, name: str, kind: str) -> ElementTree.Element:
        """A drawing of what the text beside it says already."""
        svg = self._drawing(name, f"d{self._count}-")
        self._count += 1
        svg.attrib |= {"class": kind, "aria-hidden": "true"}
        return svg

    def _drawing(self, name: str, prefix: str) -> ElementTree.Element:
        svg = ElementTree.fromstring(self._bundle[name])
        for parent in list(svg.iter()):
            for child in list(parent):
                if _plain(child.tag) in _LEFT_OUT:
                    parent.remove(child)
        used = set(_used(svg))
        for element in svg.iter():
            element.tag = _plain(element.tag)
            element.text = element.text if (element.text or "").strip() else None
            element.tail = element.tail if (element.tail or "").strip() else None
            element.attrib = {
                _plain(key): _renamed(key, value, prefix)
                for key, value in element.attrib.items()
                if _plain(key) != "id" or value in used
            }
        svg.attrib.pop("version", None)
        return svg


def _plain(name: str) -> str:
    """A name without its namespace, as HTML writes elements of a drawing."""
    return _NAMESPACE.sub("", name)


def _used(svg: ElementTree.Element) -> Iterator[str]:
    """Names that a drawing's parts refer to."""
    for element in svg.iter():
        for key, value in element.attrib.items():
            if _plain(key) == "href":
                yield value.removeprefix("#")
            yield from _REFERENCE.findall(value)


def _renamed(key: str, value: str, prefix: str) -> str:
    if _plain(key) == "id":
        return prefix + value
    if _plain(key) == "href":
        return f"#{prefix}{value.removeprefix('#')}"
    return _REFERENCE.sub(rf"url(#{prefix}\1)", value)
