"""Stands in for the exec on the host: sshd's forced command. Passes the request to the test and does as it is told.

Run by sshd as `python ssh_stand_in.py SOCKET`; standard library alone, and nothing of the product.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys


def main() -> None:
    line = sys.stdin.buffer.readline()
    with socket.socket(socket.AF_UNIX) as gate:
        gate.connect(sys.argv[1])
        gate.sendall(line.rstrip(b"\n") + b"\n")
        told = b"".join(iter(lambda: gate.recv(65536), b""))
    do = json.loads(told or b"{}")
    sys.stderr.buffer.write(do.get("err", "").encode("latin-1"))
    sys.stderr.flush()
    sys.stdout.buffer.write(do.get("out", "").encode("latin-1"))
    sys.stdout.flush()
    if do.get("lingers"):
        os.close(1)
        os.close(2)
        signal.alarm(do["lingers"])
        signal.pause()
    if do.get("killed"):
        os.kill(os.getpid(), signal.SIGKILL)
    sys.exit(do.get("exit", 0))


main()
