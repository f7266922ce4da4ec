#!/bin/sh
# Pins requirements.in, with all it depends on, in requirements.lock: every Python from 3.11 on,
# Linux and macOS, each file by its hash. Pins that still fit stay; delete the lock to renew them all.
set -eu
cd "$(dirname "$0")/.."

python=$(sh setup/find_python.sh)
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
"$python" -m venv "$tools"
"$tools/bin/python" -m pip install --quiet --quiet --disable-pip-version-check uv
"$tools/bin/uv" pip compile --quiet --no-config --universal --python-version 3.11 --fork-strategy fewest \
    --generate-hashes --no-header --no-emit-index-url --output-file requirements.lock requirements.in
