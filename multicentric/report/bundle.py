"""The files that a page may reach: the report's own templates and drawings, and nothing else."""

from __future__ import annotations

from pathlib import Path

from multicentric import ENGINE

TEMPLATES = ENGINE / "templates"
# No such host exists. Bytes of the PDF thus do not depend on where the project lies.
BASE = "https://report.invalid/"
_TYPES = {".css": "text/css", ".svg": "image/svg+xml", ".ttf": "font/ttf"}


class Bundle:
    """Files by name, served to the renderer in place of network and file system."""

    def __init__(self) -> None:
        self._files: dict[str, bytes] = {"report.css": (TEMPLATES / "report.css").read_bytes()}
        for font in sorted((TEMPLATES / "fonts").glob("*.ttf")):
            self._files[f"fonts/{font.name}"] = font.read_bytes()

    def add(self, name: str, content: bytes) -> str:
        """Put a drawing into the bundle, and return the name under which a page finds it."""
        self._files[name] = content
        return name

    def __getitem__(self, name: str) -> bytes:
        return self._files[name]

    def names(self) -> list[str]:
        """What is in the bundle."""
        return sorted(self._files)

    def serve(self, url: str) -> tuple[bytes, str]:
        """Content and media type of a file of the bundle.

        Raises
        ------
        ValueError
            The address leads outside the bundle.
        """
        name = url.removeprefix(BASE)
        if not url.startswith(BASE) or name not in self._files:
            raise ValueError(f"the report asked for {url}, which is not part of it")
        return self._files[name], _TYPES[Path(name).suffix]
