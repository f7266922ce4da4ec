"""What a result depends on, as short digests: the reason why something is made anew.

Snakemake judges by dates of files and by the script a rule names. Both mislead: a file copied or
unpacked keeps its old date, and a script is only the door to the modules it imports. So every rule
carries one key made here, from what its inputs say: bytes of drops, meaning of code, versions of
libraries. A comment, a docstring, a reformatting and a new date change none of them.
"""

from __future__ import annotations

import ast
import hashlib
import json
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

# 48 bits: short enough to read beside its predecessor in Snakemake's reason for a rerun.
DIGEST_LENGTH = 12

_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def digest(text: str | bytes) -> str:
    """Short SHA-256 of a text or of bytes."""
    return _short(hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest())


def _short(hexdigest: str) -> str:
    return hexdigest[:DIGEST_LENGTH]


def key(**parts: str | dict[str, str]) -> str:
    """Canonical text of what a job depends on; Snakemake stores it and compares it.

    A plain string, because Snakemake forgets the names of parameters and the order of a mapping.
    """
    return json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def file_digest(path: Path) -> str:
    """Digest of a file's bytes; see `file_sha256`."""
    return _short(file_sha256(path))


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, read once as long as the file stands unchanged.

    Raises
    ------
    OSError
        The file is missing or cannot be read.
    """
    stat = path.stat()
    # The date of the last change of the inode tells what a restored date of the content hides.
    return _bytes_sha256(path, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino)


@cache
def _bytes_sha256(path: Path, *_stat: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def files_digest(files: Iterable[Path], folder: Path) -> str:
    """Digest of several files: their bytes, and their names within `folder`."""
    named = {path.relative_to(folder).as_posix(): file_digest(path) for path in files}
    return digest(json.dumps(named, sort_keys=True))


def folder_digest(folder: Path) -> str:
    """Digest of every file below a folder, hidden ones aside."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    shown = (p for p in files if not any(n.startswith(".") for n in p.relative_to(folder).parts))
    return files_digest(shown, folder)


def code_digest(entry: Path, root: Path) -> str:
    """Digest of what a program means: its own syntax tree and that of all it imports from `root`.

    Parameters
    ----------
    entry
        The script or module.
    root
        The folder whose modules count as ours; imports are followed there, wherever they stand in
        the code.
    """
    meanings = {_name(path, root): _module(path, root).meaning for path in reached(entry, root)}
    return digest(json.dumps(meanings, sort_keys=True))


def declarations_digest(entry: Path, root: Path) -> str:
    """Digest of a model's declarations: as `code_digest`, without the methods of its classes.

    A study's schema declares variables as fields and rules as methods, in one file or in several
    beside each other. What reads the variables alone does not depend on the rules.
    """
    meanings = {
        _name(path, root): _declared(path)
        if path.parent == entry.parent
        else _module(path, root).meaning
        for path in reached(entry, root)
    }
    return digest(json.dumps(meanings, sort_keys=True))


def _declared(path: Path) -> str:
    """What a module declares, the methods of its classes aside."""
    tree = _without_docstrings(path)
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            node.body = [inner for inner in node.body if not isinstance(inner, ast.FunctionDef)]
    return digest(ast.dump(tree))


def library_versions(entry: Path, root: Path) -> dict[str, str]:
    """Versions of the libraries that a program stands on, by distribution name.

    All that `entry` and what it reaches in `root` import, and all that these require in turn; what
    is imported only if it is installed counts when it is installed.
    """
    found = {"python": f"{sys.version_info.major}.{sys.version_info.minor}"}
    tops = {top for path in reached(entry, root) for top in _module(path, root).others}
    for top in sorted(tops):
        for distribution in _distributions_of(top):
            _with_requirements(distribution, found)
    return dict(sorted(found.items()))


def library_digest(entry: Path, root: Path) -> str:
    """Digest of `library_versions`."""
    return digest(json.dumps(library_versions(entry, root)))


def reached(entry: Path, root: Path) -> tuple[Path, ...]:
    """`entry` and every module of `root` that it imports, directly or through others, sorted."""
    found: set[Path] = set()
    waiting = [entry]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += _module(path, root).ours
    return tuple(sorted(found))


@dataclass(frozen=True)
class _Module:
    """What one file of Python means, and what it imports.

    ``ours`` are files, ``others`` names of top-level modules.
    """

    meaning: str
    ours: tuple[Path, ...]
    others: tuple[str, ...]


def _module(path: Path, root: Path) -> _Module:
    stat = path.stat()
    return _parsed(path, root, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino)


@cache
def _parsed(path: Path, root: Path, *_stat: int) -> _Module:
    tree = _without_docstrings(path)
    imported: set[str] = set()
    for node in _statements(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            imported.update(_imports(node))
    ours: set[Path] = set()
    others: set[str] = set()
    for name in imported:
        if name.startswith("."):
            ours.update(_beside(name, path))
        elif files := _files_of(name, root):
            ours.update(files)
        else:
            others.add(name.partition(".")[0])
    return _Module(digest(ast.dump(tree)), tuple(sorted(ours)), tuple(sorted(others)))


def _without_docstrings(path: Path) -> ast.Module:
    tree = ast.parse(path.read_bytes(), filename=path.as_posix())
    for node in (tree, *_statements(tree)):
        if isinstance(node, _DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:]
    return tree


def _statements(node: ast.AST) -> Iterator[ast.stmt]:
    """Every statement below a node; only these import and are documented, so no more is walked."""
    for block in ("body", "orelse", "finalbody", "handlers", "cases"):
        for inner in getattr(node, block, ()):
            if isinstance(inner, ast.stmt):
                yield inner
            yield from _statements(inner)


def _imports(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    """Names of what is imported: `from a import b` may mean the module a.b, so both are named."""
    if isinstance(node, ast.Import):
        yield from (f"{alias.name}.*" for alias in node.names)
    else:
        base = "." * node.level + (node.module or "")
        separator = "" if base.endswith(".") else "."
        yield base
        yield from (f"{base}{separator}{alias.name}" for alias in node.names)


def _beside(name: str, path: Path) -> tuple[Path, ...]:
    """Files that a relative import runs, wherever the importing module stands."""
    relative = name.lstrip(".")
    folder = path.parents[len(name) - len(relative) - 1]
    if relative:
        return _files_of(relative, folder)
    package = folder / "__init__.py"
    return (package,) if package.is_file() and package != path else ()


@cache
def _files_of(name: str, root: Path) -> tuple[Path, ...]:
    """Files that importing a name runs: the packages around it, and itself; none if not ours.

    A package that imports by name at run time may give a name from any of its modules.
    """
    package, _, last = name.rpartition(".")
    around = _files_of(package, root) if package else ()
    if package and not around:
        return ()
    inner = root.joinpath(*name.split("."))
    candidates = (inner / "__init__.py", inner.with_name(f"{last}.py"))
    own = tuple(path for path in candidates if path.is_file())
    in_package = bool(around) and around[-1].name == "__init__.py"
    if in_package and not own and b"import_module" in around[-1].read_bytes():
        own = tuple(sorted(around[-1].parent.glob("*.py")))
    return (*around, *own)


def _name(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name


@cache
def _distributions_of(module: str) -> tuple[str, ...]:
    """Names of the distributions that bring a top-level module; none for Python's own."""
    return tuple(sorted(set(_brought_by().get(module, ()))))


@cache
def _brought_by() -> dict[str, list[str]]:
    return dict(metadata.packages_distributions())


def _with_requirements(name: str, found: dict[str, str]) -> None:
    canonical = re.sub(r"[-_.]+", "-", name).lower()
    if canonical in found:
        return
    version, requirements = _installed(name)
    if version is None:
        return
    found[canonical] = version
    for requirement in requirements:
        _with_requirements(requirement, found)


@cache
def _installed(name: str) -> tuple[str | None, tuple[str, ...]]:
    """Version of an installed distribution, and the names of what it always requires."""
    try:
        distribution = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        # Required on another system or Python version only.
        return None, ()
    required = [text for text in distribution.requires or () if "extra ==" not in text]
    names = (re.match(r"[A-Za-z0-9._-]+", text) for text in required)
    return distribution.version, tuple(match[0] for match in names if match)
