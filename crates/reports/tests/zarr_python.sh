#!/bin/sh
# Runs an exported script on a store of zarr-python, in a virtual environment of its own:
#
#     cargo xtask export failure.plan --as zarr-python --to plan.py
#     sh crates/reports/tests/zarr_python.sh plan.py memory
#
# The second argument is memory or local. Ends with 0 if every answer is right, with 1 if one is wrong,
# and with 77, after it said why, where there is no Python 3.11 or no package index.
set -u

script=$1
kind=${2:-memory}
folder=${ZARR_CONFORM_VENV:-$(mktemp -d)/venv}
skip() {
    echo "skipped: $1" >&2
    exit 77
}
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || skip "it takes Python 3.11"
if ! [ -x "$folder/bin/python" ]; then
    python3 -m venv "$folder" >/dev/null 2>&1 || skip "no virtual environment can be made"
fi
"$folder/bin/python" -c 'import zarr' 2>/dev/null ||
    "$folder/bin/pip" install --quiet 'zarr>=3.1,<3.2' >/dev/null 2>&1 ||
    skip "zarr-python cannot be installed from the package index"
exec "$folder/bin/python" "$script" "$kind"
