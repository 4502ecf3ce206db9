#!/usr/bin/env bash
# Writes the four lock files anew from pyproject.toml. Needs uv (it is among the development packages).
# Arguments go to uv, e.g. --upgrade, or --upgrade-package flask.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v uv >/dev/null || { echo "uv is needed: put the bin folder of the test environment on PATH" >&2; exit 1; }

locked() {
    local file=$1
    shift
    uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -o "$file" "$@"
}
locked requirements-dev.lock pyproject.toml --extra dev --extra ldap "$@"
locked requirements-ldap.lock pyproject.toml --extra passkeys --extra ldap -c requirements-dev.lock "$@"
locked requirements.lock pyproject.toml --extra passkeys -c requirements-dev.lock "$@"
locked requirements-build.lock --group pyproject.toml:build -c requirements-dev.lock "$@"
