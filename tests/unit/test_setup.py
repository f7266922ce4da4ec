"""The set-up: what the lock promises, and what a person reads when the machine lacks something."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]

# pango.py as make runs it, on a machine that lacks a library until the file `installed` appears.
ON_A_MACHINE = """
import os, pathlib, runpy, sys
import cffi
script, lacking, installed, user = sys.argv[1:]
load = cffi.FFI.dlopen
def dlopen(self, name, flags=0):
    if lacking in name and not pathlib.Path(installed).exists():
        raise OSError(f"cannot load library '{name}'")
    return load(self, name, flags)
cffi.FFI.dlopen = dlopen
os.geteuid = lambda: int(user)
runpy.run_path(script, run_name="__main__")
"""
ROOT_USER, PLAIN_USER = "0", "1000"


def pins() -> dict[str, tuple[Requirement, list[str]]]:
    """Return each pin of the lock with its hashes, by name."""
    text = (ROOT / "requirements.lock").read_text()
    pinned = {}
    for block in re.split(r"(?m)^(?=[a-z0-9])", text):
        if not block.strip():
            continue
        requirement = Requirement(block.splitlines()[0].removesuffix("\\"))
        pinned[requirement.name] = (requirement, re.findall(r"--hash=sha256:(\S+)", block))
    return pinned


def asked_for() -> list[Requirement]:
    """Return the lines of requirements.in."""
    lines = (line.split("#")[0].strip() for line in (ROOT / "requirements.in").open())
    return [Requirement(line) for line in lines if line]


def test_every_pin_is_one_version_with_hashes():
    pinned = pins()
    assert pinned
    for requirement, hashes in pinned.values():
        assert [clause.operator for clause in requirement.specifier] == ["=="], requirement
        assert hashes, requirement
        assert all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in hashes), requirement


def test_lock_names_no_address_and_no_option():
    text = (ROOT / "requirements.lock").read_text()
    assert "://" not in text
    assert not re.search(r"(?m)^\s*-(?!-hash=)", text)


def test_lock_covers_what_is_asked_for():
    pinned = pins()
    for wanted in asked_for():
        requirement, _ = pinned[canonicalize_name(wanted.name)]
        (clause,) = requirement.specifier
        assert wanted.specifier.contains(clause.version), (wanted, clause.version)
        assert requirement.marker is None, "an asked-for package is wanted on every machine"


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13", "3.14"])
@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_pins_serve_every_python_and_platform(version, platform):
    machine = {
        "python_version": version,
        "python_full_version": f"{version}.0",
        "sys_platform": platform,
        "platform_machine": "x86_64",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    dropped = {
        name
        for name, (requirement, _) in pins().items()
        if requirement.marker and not requirement.marker.evaluate(machine)
    }
    # PyPy's and Windows' own, and what newer Pythons bring along
    backports = {"importlib-metadata", "lazy-importer", "zipp"}
    assert dropped <= {"brotlicffi", "colorama", "pyreadline3", *backports}


def program(path: Path, body: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def run_pango(machine: Path, lacking: str, user: str) -> subprocess.CompletedProcess[str]:
    """Run pango.py where the only programs are those in the folder."""
    arguments = [ROOT / "setup" / "pango.py", lacking, machine / "installed", user]
    return subprocess.run(
        [sys.executable, "-c", ON_A_MACHINE, *arguments],
        env={**os.environ, "PATH": str(machine)},
        capture_output=True,
        text=True,
    )


def test_pango_says_nothing_where_all_is_found(tmp_path):
    (tmp_path / "installed").touch()
    done = run_pango(tmp_path, "pango", PLAIN_USER)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("lacking", "named"),
    [
        ("", "libpango-1.0-0, libpangoft2-1.0-0, libharfbuzz-subset0"),
        ("pangoft2", "libpangoft2-1.0-0"),
        ("harfbuzz-subset", "libharfbuzz-subset0"),
    ],
)
@pytest.mark.parametrize("user", [ROOT_USER, PLAIN_USER])
def test_missing_libraries_are_one_sentence_naming_the_packages(tmp_path, lacking, named, user):
    done = run_pango(tmp_path, lacking, user)
    assert done.returncode == 1
    assert done.stdout == ""
    (sentence,) = done.stderr.splitlines()
    assert f": install {named} (" in sentence


def test_only_root_asks_apt_get(tmp_path):
    program(tmp_path / "apt-get", f'echo called > "{tmp_path}/calls"')
    done = run_pango(tmp_path, "pangoft2", PLAIN_USER)
    assert done.returncode == 1
    assert not (tmp_path / "calls").exists()


def test_root_gets_what_is_missing_from_apt_get(tmp_path):
    program(
        tmp_path / "apt-get",
        f'echo "$DEBIAN_FRONTEND $*" >> "{tmp_path}/calls"\n'
        f'case "$*" in *install*) : > "{tmp_path}/installed" ;; esac',
    )
    done = run_pango(tmp_path, "pangoft2", ROOT_USER)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "calls").read_text().splitlines() == [
        "noninteractive -qq update",
        "noninteractive -qq install --yes --no-install-recommends libpangoft2-1.0-0",
    ]


def test_what_apt_get_complains_of_is_told(tmp_path):
    program(tmp_path / "apt-get", 'echo "E: Unable to locate package" >&2\nexit 100')
    done = run_pango(tmp_path, "pangoft2", ROOT_USER)
    assert done.returncode == 1
    sentence = done.stderr.splitlines()[-1]
    assert ": install libpangoft2-1.0-0 (" in sentence
    assert "E: Unable to locate package" in sentence


def find_python(path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", str(ROOT / "setup" / "find_python.sh")],
        env={"PATH": str(path), **environment},
        capture_output=True,
        text=True,
    )


def test_first_python_that_fits_is_taken(tmp_path):
    program(tmp_path / "python3.13", "exit 127")  # a version manager's empty shell
    program(tmp_path / "python3.12", "exit 0")
    program(tmp_path / "python3", "exit 0")
    assert find_python(tmp_path).stdout == "python3.12\n"
    assert find_python(tmp_path, PYTHON="python3").stdout == "python3\n"


def test_python_too_old_is_one_sentence(tmp_path):
    program(tmp_path / "python3", "exit 1")
    done = find_python(tmp_path)
    assert done.returncode == 1
    (sentence,) = done.stderr.splitlines()
    assert "needs Python 3.11 or newer" in sentence


def test_python_without_venv_is_one_sentence(tmp_path):
    program(tmp_path / "python3", 'case "$2" in *ensurepip*) exit 1 ;; esac')
    done = find_python(tmp_path)
    assert done.returncode == 1
    (sentence,) = done.stderr.splitlines()
    assert sentence.startswith("python3 has no venv module")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone whose Python notes what it is asked for instead of doing it."""
    clone = tmp_path / "clone"
    shutil.copytree(ROOT / "setup", clone / "setup", ignore=shutil.ignore_patterns("__pycache__"))
    (clone / "requirements.lock").write_text("setuptools==1 \\\n    --hash=sha256:0\nother==1\n")
    (clone / "pyproject.toml").write_text("[project]\n")
    program(
        tmp_path / "python",
        'case "$*" in *"venv --clear"*) ;; *) exit 0 ;; esac\n'
        "echo environment >> asked\nrm -rf .venv\nmkdir -p .venv/bin\n"
        f'cp "{tmp_path}/pip" .venv/bin/python',
    )
    program(
        tmp_path / "pip",
        'case "$*" in *build.lock) step=tools ;; *.lock) step=pins ;; '
        "*compileall*) step=bytecode ;; *) step=link ;; esac\n"
        "echo $step >> asked\n[ ! -e offline ]",
    )
    return clone


def set_up(clone: Path) -> tuple[int, list[str]]:
    """Run the set-up; return its exit code and what it did."""
    asked = clone / "asked"
    asked.unlink(missing_ok=True)
    done = subprocess.run(
        ["/bin/sh", "setup/environment.sh"],
        cwd=clone,
        env={**os.environ, "PYTHON": str(clone.parent / "python")},
        capture_output=True,
    )
    return done.returncode, asked.read_text().split() if asked.exists() else []


WHOLE = ["environment", "tools", "pins", "bytecode", "link"]


def test_set_up_happens_once(clone):
    assert set_up(clone) == (0, WHOLE)
    assert (clone / ".venv" / "build.lock").read_text().startswith("setuptools==1 ")
    assert "other" not in (clone / ".venv" / "build.lock").read_text()
    assert set_up(clone) == (0, [])


@pytest.mark.parametrize("time", [0, 4_000_000_000])
def test_dates_set_nothing_up(clone, time):
    set_up(clone)
    for name in ("requirements.lock", "pyproject.toml"):
        os.utime(clone / name, (time, time))
    assert set_up(clone) == (0, [])


def test_changed_lock_sets_up_anew_even_with_an_older_date(clone):
    set_up(clone)
    lock = clone / "requirements.lock"
    lock.write_text(lock.read_text().replace("other==1", "other==2"))
    os.utime(lock, (0, 0))
    assert set_up(clone) == (0, WHOLE)


def test_changed_project_file_only_links_anew(clone):
    set_up(clone)
    (clone / "pyproject.toml").write_text("[project.scripts]\n")
    assert set_up(clone) == (0, ["link"])


def test_moved_clone_sets_up_anew(clone):
    set_up(clone)
    moved = clone.rename(clone.with_name("moved"))
    assert set_up(moved) == (0, WHOLE)


def test_failed_set_up_is_tried_again(clone):
    (clone / "offline").touch()
    code, asked = set_up(clone)
    assert code != 0
    assert asked == ["environment", "tools"]
    (clone / "offline").unlink()
    assert set_up(clone) == (0, WHOLE)


FONTS = sorted((ROOT / "templates" / "fonts").glob("*.ttf"))
# Turkish names, signs of estimates, notes and units, and the spaces that align numbers.
WRITTEN = "ABCabc0123456789ÇĞİÖŞÜçğıöşü≤≥−–±×†‡§µβχ²…•\u00a0\u2007\u2009\u202f"


@pytest.mark.parametrize("path", FONTS, ids=lambda path: path.stem)
def test_fonts_hold_what_a_report_writes(path):
    with TTFont(path) as font:
        drawn = font.getBestCmap()
    assert [character for character in WRITTEN if ord(character) not in drawn] == []


def test_fonts_come_with_their_licences():
    families = {path.stem.split("-")[0] for path in FONTS}
    assert families == {"SourceSans3", "SourceSerif4"}
    for family in families:
        text = (ROOT / "templates" / "fonts" / f"OFL-{family}.txt").read_text("utf-8")
        assert "SIL OPEN FONT LICENSE Version 1.1" in text
