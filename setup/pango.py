"""Sees to it that WeasyPrint finds the libraries it lays out text with.

WeasyPrint does not import without Pango. Without HarfBuzz's subset library it does, but then the
bytes of the PDF change from run to run. No Python package ships them, so the system must.
"""

import os
import shutil
import subprocess
import sys

import cffi

# Debian's package, and the names WeasyPrint tries for its library on Linux and macOS.
LIBRARIES = {
    "libpango-1.0-0": ("libpango-1.0.so.0", "libpango-1.0.dylib", "pango-1.0"),
    "libpangoft2-1.0-0": ("libpangoft2-1.0.so.0", "libpangoft2-1.0.dylib", "pangoft2-1.0"),
    "libharfbuzz-subset0": (
        "libharfbuzz-subset.so.0",
        "libharfbuzz-subset.0.dylib",
        "harfbuzz-subset",
    ),
}


def loads(name: str) -> bool:
    """Tell whether the library of this name can be loaded, by WeasyPrint's own loader."""
    try:
        cffi.FFI().dlopen(name)
    except OSError:
        return False
    return True


def missing() -> list[str]:
    """Return the packages none of whose libraries can be loaded."""
    return [package for package, names in LIBRARIES.items() if not any(map(loads, names))]


def apt_get_install(packages: list[str]) -> str:
    """Install the packages, and return the last line of what apt-get complained of."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    complaint = ""
    for arguments in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        done = subprocess.run(
            ["apt-get", "-qq", *arguments], env=environment, capture_output=True, text=True
        )
        complaint = (done.stderr.strip().splitlines() or [""])[-1] if done.returncode else ""
    return complaint


def main() -> None:
    """Install what is missing, or end with the one sentence that says what to install."""
    packages = missing()
    if not packages:
        return
    reason = ""
    if shutil.which("apt-get") and os.geteuid() == 0:
        print(f"Installing {', '.join(packages)} with apt-get.", file=sys.stderr)
        complaint = apt_get_install(packages)
        packages = missing()
        if not packages:
            return
        reason = f" (apt-get failed: {complaint})" if complaint else ""
    sys.exit(
        "The report is drawn with system libraries that are missing here: install "
        f"{', '.join(packages)} (Debian's names; on macOS `brew install pango`) "
        f"and run make again{reason}."
    )


if __name__ == "__main__":
    main()
