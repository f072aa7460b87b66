"""The other direction: liblo's oscsend, and a python-osc listener in the place of the control input."""

from __future__ import annotations

import queue
import subprocess
import threading
from types import TracebackType
from typing import Any, Self

from pythonosc.dispatcher import Dispatcher
from pythonosc.osc_server import BlockingOSCUDPServer

from tests.peers.wire import HOST, Arg

WAIT_S = 10.0


def run_oscsend(port: int, address: str, types: str, *args: Arg) -> None:
    """Send one message with liblo; T, F, N and I in `types` take no argument."""
    command = ["oscsend", f"osc.udp://{HOST}:{port}", address, *([types] if types else []), *map(str, args)]
    subprocess.run(command, check=True, timeout=WAIT_S)


class Listener:
    """A python-osc server; `get()` gives the next (address, arguments) it heard."""

    def __init__(self) -> None:
        # A bundle dated ahead must not stop what comes behind it.
        dispatcher = Dispatcher(strict_timing=False)
        dispatcher.set_default_handler(self._note)
        self._heard: queue.Queue[tuple[str, list[Any]]] = queue.Queue()
        self._server = BlockingOSCUDPServer((HOST, 0), dispatcher)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    def _note(self, address: str, *args: Any) -> None:
        self._heard.put((address, list(args)))

    def get(self) -> tuple[str, list[Any]]:
        """Return the next message; raises queue.Empty when none comes."""
        return self._heard.get(timeout=WAIT_S)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
