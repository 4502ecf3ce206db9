"""A real FreeRADIUS on a port of its own, with a configuration in a temporary folder, run as whoever runs the tests."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bridge.config.model import RadiusServer, RadiusSettings, SecretRef
from tests.ports import free_port

SECRET = "not-much-of-a-secret-4711"
PIN, NEXT, WRONG = "4711123456", "654321", "4711999999"

CONFIG = """
prefix = /usr
libdir = /usr/lib/freeradius
raddbdir = {folder}
logdir = {folder}
run_dir = {folder}
pidfile = {folder}/radiusd.pid
max_request_time = 10
cleanup_delay = 5
max_requests = 256
hostname_lookups = no
log {{
    destination = files
    file = {folder}/radius.log
    auth = yes
}}
security {{
    allow_core_dumps = no
    max_attributes = 200
    reject_delay = 0
    status_server = yes
}}
proxy_requests = no
thread pool {{
    start_servers = 1
    max_servers = 4
    min_spare_servers = 1
    max_spare_servers = 2
    max_requests_per_server = 0
}}
modules {{
    pap {{
    }}
    always handled {{
        rcode = handled
    }}
}}
client here {{
    ipaddr = 127.0.0.1
    secret = {secret}
    require_message_authenticator = yes
}}
server default {{
    listen {{
        type = auth
        ipaddr = 127.0.0.1
        port = {port}
    }}
    authorize {{
        {sign}
        if (!&State) {{
            update control {{
                Cleartext-Password := "{pin}"
            }}
        }}
        else {{
            update control {{
                Cleartext-Password := "{next}"
            }}
        }}
        if ((&User-Name == "asked") && !&State) {{
            update control {{
                Auth-Type := Ask
            }}
        }}
        else {{
            pap
        }}
        Autz-Type Status-Server {{
            {sign}
            pap
        }}
    }}
    authenticate {{
        Auth-Type PAP {{
            pap
        }}
        Auth-Type Ask {{
            pap
            update reply {{
                Reply-Message := "Wait for <b>the next</b> tokencode"
            }}
            update control {{
                Response-Packet-Type = Access-Challenge
            }}
            handled
        }}
    }}
}}
"""
SIGN = "update reply {\n Message-Authenticator := 0x00\n }"


@dataclass(frozen=True)
class FreeRadius:
    """A running server."""

    folder: Path
    port: int

    def settings(self, *others: int, **changes: object) -> RadiusSettings:
        """What asks it; `others` are ports asked ahead of it."""
        servers = tuple(
            RadiusServer(host="127.0.0.1", port=port, secret=SecretRef(env="RADIUS")) for port in (*others, self.port)
        )
        return RadiusSettings(servers=servers, **changes)  # type: ignore[arg-type]

    @property
    def log(self) -> str:
        return (self.folder / "radius.log").read_text(errors="replace")


@contextmanager
def freeradius(folder: Path, *, signed: bool = True) -> Iterator[FreeRadius]:
    """Start it and wait until it listens. Unsigned: no Message-Authenticator in its answers, as before July 2024."""
    program = shutil.which("freeradius", path="/usr/sbin:/usr/bin") or "freeradius"
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dictionary").write_text("$INCLUDE /usr/share/freeradius/dictionary\n")
    text = CONFIG.format(folder=folder, port=port, secret=SECRET, pin=PIN, next=NEXT, sign=SIGN if signed else "")
    (folder / "radiusd.conf").write_text(text)
    folder.chmod(0o700)
    said = folder / "said.txt"
    with said.open("wb") as out:
        running = subprocess.Popen([program, "-f", "-d", str(folder), "-D", "/usr/share/freeradius"],
                                   stdout=out, stderr=out, stdin=subprocess.DEVNULL)  # fmt: skip
    made = FreeRadius(folder, port)
    try:
        ends = time.monotonic() + 30
        while "Ready to process requests" not in (made.log if (folder / "radius.log").exists() else ""):
            assert running.poll() is None, said.read_text() + made.log
            assert time.monotonic() < ends, "freeradius is not ready"
            time.sleep(0.05)
        yield made
    finally:
        running.terminate()
        running.wait(20)


@contextmanager
def nobody_answers() -> Iterator[int]:
    """A port that takes everything and says nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        yield deaf.getsockname()[1]
