"""Drives a real s3270 by hand, for tests of the simulated host. Every wait has an end."""

import queue
import re
import subprocess
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

STATUS = re.compile(r"^[ULE] [FU] [PU] (?:N|C\(.*\)) [NILCP] \d+ \d+ \d+ \d+ \d+ 0x[0-9a-f]+ (?:-|\d+\.\d+)$")
S3270 = Path("/usr/bin/s3270")


class S3270:
    """One s3270 process. `do` runs an action and returns its data lines; `screen` is the text of the 24 rows."""

    def __init__(self, *options: str, codepage: str = "cp1047", executable: Path = S3270) -> None:
        assert executable.exists(), "s3270 is not installed"
        arguments = ["-utf8", "-model", "2", "-codepage", codepage, "-connecttimeout", "5", "-clear", "aidWait"]
        self._process = subprocess.Popen(
            [str(executable), *arguments, *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )
        self._lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.status: list[str] = []

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line.rstrip("\n"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()

    def do(self, action: str, within: float = 10.0, *, must: bool = True) -> list[str]:
        assert self._process.stdin is not None
        self._process.stdin.write(action + "\n")
        self._process.stdin.flush()
        deadline, block = time.monotonic() + within, list[str]()
        while True:
            line = self._lines.get(timeout=max(0.01, deadline - time.monotonic()))
            if line in {"ok", "error"} and block and STATUS.match(block[-1]):
                self.status = block.pop().split(" ")
                if must and line == "error":
                    raise AssertionError(f"{action}: {block}")
                return [each.removeprefix("data: ") for each in block]
            block.append(line)

    @property
    def locked(self) -> bool:
        return self.status[0] == "L"

    def screen(self) -> str:
        return "\n".join(line.rstrip() for line in self.do("Ascii()"))

    def rows(self) -> list[str]:
        """The rows that are not blank."""
        return [line.strip() for line in self.screen().split("\n") if line.strip()]

    def wait_for(self, *texts: str, within: float = 10.0) -> str:
        """Wait until one of the texts is on the screen and the keyboard is free; return the screen."""
        deadline = time.monotonic() + within
        while True:
            screen = self.screen()
            if any(text in screen for text in texts) and not self.locked:
                return screen
            if time.monotonic() > deadline:
                raise AssertionError(f"none of {texts} within {within} s:\n{screen}\n{self.status}")
            self.do("Wait(0.2,Output)", must=False)

    def wait_prompt(self, prompt: str = "READY", within: float = 10.0) -> str:
        """Wait until this is the last thing on the screen and the keyboard is free."""
        deadline = time.monotonic() + within
        while True:
            rows = self.rows()
            if rows and rows[-1] == prompt and not self.locked:
                return "\n".join(rows)
            if time.monotonic() > deadline:
                raise AssertionError(f"no {prompt} within {within} s: {rows} {self.status}")
            self.do("Wait(0.2,Output)", must=False)

    def type(self, text: str) -> None:
        self.do('String("{}")'.format(text.replace("\\", "\\u005c").replace('"', "\\u0022")))

    def enter(self, text: str = "") -> None:
        if text:
            self.type(text)
        self.do("Enter()")

    def command(self, text: str, prompt: str = "READY") -> list[str]:
        """Clear, type a command, return what came between it and the prompt."""
        self.do("Clear()")
        self.do("Wait(5,Unlock)")
        self.enter(text)
        return self.wait_prompt(prompt).split("\n")[1:-1]


def log_on(
    terminal: S3270, port: int, userid: str, password: str, *, prefix: str = "", host: str = "127.0.0.1"
) -> None:
    """From nothing to READY, through SSCP USS and the panel."""
    terminal.do(f'Connect("{prefix}{host}:{port}")')
    terminal.wait_for("===> Enter LOGON")
    terminal.enter(f"LOGON APPLID(TSO) DATA({userid})")
    terminal.wait_for("TSO/E LOGON")
    terminal.enter(password)
    terminal.wait_for("***")
    terminal.enter()
    terminal.wait_prompt()
