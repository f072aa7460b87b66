"""A program that prints lines: started in a session of its own, read by a thread, stopped by its id."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

STOP_S = 5.0
# Csound colours its lines even where there is no terminal.
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class Printer:
    """A running program and the lines that it has printed so far, standard error included."""

    def __init__(self, command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None) -> None:
        self._command = list(command)
        self._folder = folder
        self._environment = {**os.environ, **(environment or {})}
        self._lines: list[str] = []
        self._news = threading.Condition()

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command,
            cwd=self._folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for sign in (signal.SIGTERM, signal.SIGKILL):
            # The group, not the process: sclang and pd start programs of their own.
            try:
                os.killpg(self._process.pid, sign)
                self._process.wait(STOP_S)
            except ProcessLookupError:
                break
            except subprocess.TimeoutExpired:
                continue
        self._process.wait()
        self._reader.join(STOP_S)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for raw in self._process.stdout:
            with self._news:
                self._lines.append(COLOUR.sub("", raw.decode(errors="replace").rstrip("\r\n")))
                self._news.notify_all()

    @property
    def lines(self) -> list[str]:
        """A copy of all lines so far."""
        with self._news:
            return list(self._lines)

    @property
    def stopped(self) -> bool:
        """Whether the program has ended by itself."""
        return self._process.poll() is not None

    def wait_for_news(self, seen: int, seconds: float) -> list[str]:
        """Return the lines after the first `seen`, waiting up to `seconds` for at least one."""
        with self._news:
            self._news.wait_for(lambda: len(self._lines) > seen, seconds)
            return self._lines[seen:]
