#!/usr/bin/env bash
# From a bare checkout on Debian 12 to all tests, root or not. What is there already is used.
#   RESETBRIDGE_TEST_VENV   the virtual environment (default .venv-test)
#   RESETBRIDGE_TEST_JOBS   how many tests at once (default 4: on two cores, since many wait for a host or a browser)
#   RESETBRIDGE_TEST_LIMIT  seconds after which the whole run is stopped (default 3000)
# Further arguments go to pytest: deploy/test.sh tests/unit -k link
set -euo pipefail
cd "$(dirname "$0")/.."
. deploy/ready.sh

environment=${RESETBRIDGE_TEST_VENV:-$PWD/.venv-test}
debian_has ca-certificates python3 python3-venv s3270 util-linux git \
    openssh-server openssh-client regina-rexx postgresql chromium passwd sudo libatomic1 openssl fonts-dejavu-core fonts-droid-fallback procps freeradius gpg gpg-agent \
    gcc python3-dev libldap-dev libsasl2-dev slapd
environment_at "$environment" requirements-dev.lock -e

limit=${RESETBRIDGE_TEST_LIMIT:-3000}
export PATH="$environment/bin:$PATH" TZ=UTC LC_ALL=C.UTF-8
say "pytest, at most $limit seconds"
status=0
timeout --foreground --signal=INT --kill-after=60 "$limit" \
    "$environment/bin/python" -m pytest -n "${RESETBRIDGE_TEST_JOBS:-4}" --dist worksteal "$@" </dev/null || status=$?
case $status in 124 | 137) stop "the tests were stopped after $limit seconds" ;; esac
exit "$status"
