#!/bin/sh
# Prints the Python to build the environment with: 3.11 or newer, able to make environments.
# PYTHON=... names one; otherwise the first that fits of those below.
set -eu

fits() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }
makes_environments() { "$1" -c 'import ensurepip, venv' >/dev/null 2>&1; }

if [ -n "${PYTHON:-}" ]; then set -- "$PYTHON"; else set -- python3.13 python3.12 python3.11 python3; fi

bare=
for python in "$@"; do
    if fits "$python"; then
        if makes_environments "$python"; then
            printf '%s\n' "$python"
            exit 0
        fi
        bare=${bare:-$python}
    fi
done

if [ -n "$bare" ]; then
    echo "$bare has no venv module: install it (Debian's package is python3-venv), or name another Python with PYTHON=..." >&2
else
    echo "Multicentric needs Python 3.11 or newer, and none of these is: $*; install one, or name it with PYTHON=..." >&2
fi
exit 1
