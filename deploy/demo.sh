#!/usr/bin/env bash
# From a bare checkout on Debian 12 to one whole reset on each simulated system. What is there already is used.
# RESETBRIDGE_VENV names the virtual environment (default .venv). Further arguments go to `resetbridge demo --auto`.
set -euo pipefail
cd "$(dirname "$0")/.."
. deploy/ready.sh

environment=${RESETBRIDGE_VENV:-$PWD/.venv}
debian_has ca-certificates python3 python3-venv s3270 util-linux
environment_at "$environment" requirements.lock
exec "$environment/bin/resetbridge" demo --auto "$@"
