# Read by demo.sh and test.sh: makes sure of Debian's packages and of a virtual environment, and does nothing twice.
# shellcheck shell=bash

unset PYTHONPATH PYTHONHOME
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1
ulimit -c 0                                  # no core dumps of anything started here: they could hold a password

say() { printf '== %s\n' "$*" >&2; }
stop() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

# package → how to see that what it brings is there already, from wherever it came
is_there() {
    case $1 in
        ca-certificates) [ -s /etc/ssl/certs/ca-certificates.crt ] ;;
        python3) python_of_ours >/dev/null ;;
        python3-venv) "$(python_of_ours || echo false)" -c 'import ensurepip, venv' 2>/dev/null ;;
        s3270 | git | openssl | chromium) command -v "$1" >/dev/null ;;
        util-linux) command -v setpriv >/dev/null && command -v flock >/dev/null ;;
        openssh-server) [ -x /usr/sbin/sshd ] ;;
        openssh-client) command -v ssh-keygen >/dev/null ;;
        postgresql) compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null ;;
        fonts-dejavu-core) [ -e /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf ] ;;
        procps) command -v pgrep >/dev/null ;;
        libatomic1) compgen -G '/usr/lib/*/libatomic.so.1' >/dev/null ;;
        regina-rexx) command -v rexx >/dev/null ;;
        *) dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q ' installed$' ;;
    esac
}

# the first Python that is new enough: PYTHON, the one on PATH, Debian's own
python_of_ours() {
    local one
    for one in "${PYTHON:-}" python3 /usr/bin/python3; do
        one=$(command -v "${one:-none-given}") || continue
        "$one" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$one" && return
    done
    return 1
}

# debian_has PACKAGE…: installs what is missing; services that come along are not started now
debian_has() {
    local missing=() one root=()
    for one in "$@"; do is_there "$one" || missing+=("$one"); done
    [ ${#missing[@]} -gt 0 ] || return 0
    local by_hand="apt-get install --no-install-recommends ${missing[*]}"
    command -v apt-get >/dev/null || stop "missing: ${missing[*]} (Debian's names). There is no apt-get here: install them your way, then start this again."
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || stop "missing: ${missing[*]}. Not root and no sudo: have root run '$by_hand', then start this again."
        [ -t 0 ] || sudo -n true 2>/dev/null || stop "missing: ${missing[*]}. sudo asks for a password and there is no terminal: run 'sudo $by_hand', then start this again."
        root=(sudo)
    fi
    say "installing ${missing[*]}"
    local guard=/usr/sbin/policy-rc.d ours=
    if [ ! -e $guard ]; then
        printf '#!/bin/sh\nexit 101\n' | "${root[@]}" tee $guard >/dev/null && "${root[@]}" chmod 755 $guard && ours=yes
        trap '"${root[@]}" rm -f '"$guard" EXIT
    fi
    local apt=("${root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3)
    local log
    log=$(mktemp)
    { "${apt[@]}" update && "${apt[@]}" install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 ||
        { tail -n 20 "$log" >&2; stop "apt-get could not install ${missing[*]}; its last words are above, the rest in $log"; }
    rm -f "$log"
    [ -z "$ours" ] || { "${root[@]}" rm -f $guard; trap - EXIT; }
    for one in "${missing[@]}"; do is_there "$one" || stop "$one was installed but cannot be found; is PATH unusual?"; done
}

# environment_at DIRECTORY LOCK [-e]: a virtual environment with what the lock names, and this tree (-e: as it stands)
environment_at() {
    local at=$1 lock=$2 editable=${3:-} python digest
    python=$(python_of_ours) || stop "Python 3.11 or newer is needed; PYTHON=… names one"
    mkdir -p "$at"
    exec 9<"$at"
    flock -w 900 9 || stop "another run has been preparing $at for 15 minutes"
    if ! "$at/bin/python" -c 'import pip' 2>/dev/null; then
        say "making a virtual environment in $at"
        "$python" -m venv --clear "$at" || stop "no virtual environment could be made in $at"
    fi
    digest=$(cat requirements-build.lock "$lock" | sha256sum)
    if [ "$(cat "$at/lock.sha256" 2>/dev/null)" != "$digest" ]; then
        say "installing the packages of $lock, each checked against its hash"
        pip_in "$at" --require-hashes -r requirements-build.lock
        pip_in "$at" --require-hashes --no-build-isolation -r "$lock"
        echo "$digest" >"$at/lock.sha256"
    fi
    if ! is_this_tree "$at"; then
        digest=$(find bridge connectors web schedules pyproject.toml README.md -type f ! -name '*.pyc' -print0 | sort -z | xargs -0 sha256sum | sha256sum)
        if [ -n "$editable" ] || [ "$(cat "$at/tree.sha256" 2>/dev/null)" != "$digest" ]; then
            say "installing Reset Bridge itself"
            pip_in "$at" --no-deps --no-build-isolation --force-reinstall ${editable:+-e} .
            echo "$digest" >"$at/tree.sha256"
        fi
    fi
    exec 9<&-
}

pip_in() {
    local at=$1
    shift
    "$at/bin/python" -m pip install -qq "$@" >&2 || stop "pip could not install; its words are above. Is the package index reachable (pip config list)?"
}

# whether the environment runs this very tree (an editable install), so that nothing needs to be copied
is_this_tree() {
    "$1/bin/python" - "$PWD" <<'EOT' 2>/dev/null
import importlib.metadata, json, pathlib, sys
origin = json.loads(importlib.metadata.distribution("reset-bridge").read_text("direct_url.json"))
sys.exit(not (origin["dir_info"].get("editable") and origin["url"] == pathlib.Path(sys.argv[1]).as_uri()))
EOT
}
