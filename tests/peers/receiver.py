"""A real receiver: started on a free port, ready when it prints a probe, heard by decoding what it prints."""

from __future__ import annotations

import math
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from tests.peers.process import Printer
from tests.peers.wire import Arg, Message, free_port, send_raw

READY = "/limen/test/ready"
END = "/limen/test/end"
READY_S = 30.0
END_S = 15.0
PROBES_PER_S = 10.0
# The END message is sent this often: Csound empties its queues one address after the other, not in order.
END_TIMES = 3


class Heard(NamedTuple):
    """What a receiver understood; `types` is empty where it prints nothing from which to tell them."""

    address: str
    types: str
    args: tuple[Arg, ...]


class Receiver(ABC):
    """A program that hears OSC: a context manager; `expecting` are the addresses it may have to know.

    `ordered` says whether it keeps the order between different addresses (within one address all do);
    `digits` is how many significant digits it prints of a float.
    """

    name: str
    tools: tuple[str, ...]
    ordered = True
    digits = 6

    def __init__(self, folder: Path, expecting: Sequence[Message]) -> None:
        self.folder = folder
        self.port = free_port()
        self.expecting = [Message(READY, "i", (0,)), *expecting, Message(END, "i", (0,))]
        self._stack = ExitStack()
        self._seen = 0
        self._runs = 0

    @abstractmethod
    def program(self) -> Printer:
        """Return the program, not started; it listens on `self.port`."""

    @abstractmethod
    def decode(self, line: str) -> Heard | None:
        """Return the message a printed line stands for, None for a line that is none."""

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._program = stack.enter_context(self.program())
            self._wait_until_ready()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def running(self) -> Printer:
        """The program, for who reads it line by line."""
        return self._program

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline and not self._program.stopped:
            send_raw([Message(READY, "i", (0,))], [self.port], PROBES_PER_S)
            self._program.wait_for_news(len(self._program.lines), 1 / PROBES_PER_S)
            if any(heard.address == READY for heard in self._heard(self._program.lines)):
                return
        printed = "\n".join(self._program.lines)
        raise AssertionError(f"{self.name} was not ready within {READY_S:g} s; it printed:\n{printed}")

    def _heard(self, lines: Sequence[str]) -> list[Heard]:
        return [heard for line in lines if (heard := self.decode(line)) is not None]

    def finish(self) -> list[Heard]:
        """Return all that was heard since the last call; what was sent before it and is missing is lost."""
        self._runs += 1
        for again in range(END_TIMES):
            send_raw([Message(END, "i", (self._runs * END_TIMES + again,))], [self.port], PROBES_PER_S)
            time.sleep(1 / PROBES_PER_S)
        deadline = time.monotonic() + END_S
        while time.monotonic() < deadline:
            lines = self._program.lines
            fresh = self._heard(lines[self._seen :])
            if Heard(END, "", (self._runs * END_TIMES + END_TIMES - 1,)) in [h._replace(types="") for h in fresh]:
                self._seen = len(lines)
                return [heard for heard in fresh if heard.address not in (READY, END)]
            self._program.wait_for_news(len(lines), 1 / PROBES_PER_S)
        raise AssertionError(f"{self.name} did not print the end within {END_S:g} s")

    def same(self, heard: Heard, sent: Message) -> bool:
        """Whether what was heard is what was sent: address, arguments, and types as far as known."""
        if heard.address != sent.address or len(heard.args) != len(sent.args):
            return False
        if heard.types not in ("", sent.types):
            return False
        return all(
            self._same_value(kind, got, want)
            for kind, got, want in zip(sent.types, heard.args, sent.args, strict=True)
        )

    def _same_value(self, kind: str, got: Arg, want: Arg) -> bool:
        if isinstance(got, str) or isinstance(want, str):
            return got == want
        if kind == "i" and isinstance(got, int):
            return got == want
        return math.isclose(got, want, rel_tol=10.0 ** (1 - self.digits), abs_tol=1e-6)
