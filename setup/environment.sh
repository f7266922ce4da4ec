#!/bin/sh
# Makes .venv hold what requirements.lock pins and nothing else, with this package linked into it.
# Content decides, never dates: .venv keeps the text it was made from, and the place it was made in,
# since an environment that was moved or copied does not run.
set -eu
cd "$(dirname "$0")/.."

lock_and_place() { pwd -P; cat requirements.lock; }
install() { .venv/bin/python -m pip install --quiet --quiet --disable-pip-version-check --no-deps "$@"; }

if ! [ -x .venv/bin/python ] || ! lock_and_place | cmp -s - .venv/made-from; then
    python=$(sh setup/find_python.sh)
    echo "Setting up .venv from requirements.lock with $python; this takes a minute or two." >&2
    "$python" -m venv --clear .venv
    # Some pins are published as source only. They are built with the pinned setuptools, which
    # therefore comes first: pip would otherwise fetch the newest one, unpinned, to build with.
    awk '/^setuptools==/ { on = 1 } on { print } on && !/\\$/ { exit }' requirements.lock > .venv/build.lock
    install --require-hashes -r .venv/build.lock
    install --require-hashes --no-build-isolation --use-pep517 -r requirements.lock
    # Where writing bytecode is switched off, every job would compile its libraries anew.
    .venv/bin/python -m compileall -q -j 0 .venv/lib > /dev/null || true
    lock_and_place > .venv/made-from
fi

if ! cmp -s pyproject.toml .venv/linked-from; then
    install --no-build-isolation --editable .
    cp pyproject.toml .venv/linked-from
fi
