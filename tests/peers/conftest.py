from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.lacking import lacking
from tests.peers.control import run_oscsend
from tests.peers.kinds import KINDS, NODE_MODULES
from tests.peers.outgoing import every_address
from tests.peers.receiver import Receiver
from tests.peers.wire import Arg


def need(*tools: str) -> None:
    """Skip, or in CI fail, the test whose tools are not installed."""
    missing = [tool for tool in tools if shutil.which(tool) is None]
    if "node" in tools and not NODE_MODULES.is_dir():
        missing.append("tests/peers/node_modules")
    if missing:
        lacking(f"not installed: {', '.join(missing)} (make test installs them)")


@pytest.fixture(scope="module")
def receive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[type[Receiver]], Receiver]]:
    """Give a running receiver of a kind, started once and stopped with the module: others need the processor."""
    running: dict[type[Receiver], Receiver] = {}
    with ExitStack() as stack:

        def give(kind: type[Receiver]) -> Receiver:
            need(*kind.tools)
            if kind not in running:
                folder = tmp_path_factory.mktemp(kind.__name__)
                running[kind] = stack.enter_context(kind(folder, every_address()))
            return running[kind]

        yield give


@pytest.fixture(params=KINDS, ids=lambda kind: str(kind.name))
def receiver(request: pytest.FixtureRequest, receive: Callable[[type[Receiver]], Receiver]) -> Receiver:
    """Every receiver in turn."""
    kind: type[Receiver] = request.param
    return receive(kind)


@pytest.fixture
def all_receivers(receive: Callable[[type[Receiver]], Receiver]) -> list[Receiver]:
    """All receivers at once."""
    return [receive(kind) for kind in KINDS]


@pytest.fixture
def oscsend() -> Callable[..., None]:
    """`oscsend(port, address, types, *args)`: liblo's sender, a client of which Limen wrote nothing."""
    need("oscsend")

    def send(port: int, address: str, types: str = "", *args: Arg) -> None:
        run_oscsend(port, address, types, *args)

    return send
