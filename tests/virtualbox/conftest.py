"""Fixtures that make a test read like a venue. One restore for each module: its tests share a box."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.lacking import lacking
from tests.virtualbox import live
from tests.virtualbox.bands import Band
from tests.virtualbox.box import Box
from tests.virtualbox.holding import Hold, Holder
from tests.virtualbox.installed import UNIT, Unit
from tests.virtualbox.laptop import Laptop
from tests.virtualbox.recipe import Variant
from tests.virtualbox.technician import Technician
from tests.virtualbox.unit import Made
from tests.virtualbox.unit import make as make_unit

SETTLED = {"off", "waiting", "recording"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All that is in this folder needs the box."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.box)


def need(variant: Variant) -> None:
    """Skip where this machine cannot run such a box; in CI it must."""
    if reason := live.why_not(variant):
        lacking(reason)


@pytest.fixture(scope="session")
def able() -> None:
    """This machine can run a virtual box."""
    need(Variant.FULL)


@pytest.fixture(scope="session")
def make_box(able: None) -> Callable[..., Box]:
    """A box of a variant, switched off; the caller closes it."""
    return live.box


@pytest.fixture(scope="session")
def made_unit(tools: Callable[..., None]) -> Made:
    """A unit that the playbook made of a bare Debian: half an hour once, then from the cache."""
    tools("ansible-playbook")
    need(Variant.BARE)
    return make_unit()


@pytest.fixture(scope="module")
def unit_box(made_unit: Made) -> Iterator[Box]:
    """That unit, running, fresh for this module; a module whose `box` it is says so."""
    with made_unit.box() as fresh:
        fresh.restore()
        yield fresh


@pytest.fixture(scope="module")
def technician(made_unit: Made, tmp_path_factory: pytest.TempPathFactory) -> Technician:
    """Whoever made that unit."""
    return made_unit.technician(tmp_path_factory.mktemp("technician"))


@pytest.fixture(scope="module")
def box(make_box: Callable[..., Box]) -> Iterator[Box]:
    """A live box, fresh for this module."""
    with make_box(Variant.FULL) as fresh:
        fresh.restore()
        yield fresh


@pytest.fixture
def laptop(box: Box) -> Iterator[Laptop]:
    """A laptop in the room, on no network."""
    yield box.laptop
    box.laptop.sleep_radio(False)
    box.laptop.leave()


@pytest.fixture
def make_band(box: Box) -> Iterator[Callable[..., Band]]:
    """Makes bands; all are off the air afterwards."""
    made: list[Band] = []

    def make(name: str = "Empatica E4 a1b2c3") -> Band:
        made.append(box.band(name))
        return made[-1]

    yield make
    for band in made if box.is_on else ():
        # A band that was let go of a moment ago is about to advertise again, and would do so after being off.
        with suppress(TimeoutError):
            box.wait_for("settled band", lambda band=band: band.state in SETTLED, 6)
        band.power_off()


@pytest.fixture
def band(make_band: Callable[..., Band]) -> Band:
    """A band in the room, switched off."""
    return make_band()


@pytest.fixture(scope="module")
def limen(box: Box) -> Box:
    """The box with this checkout's limen in it."""
    box.install_limen()
    return box


@pytest.fixture
def hold(limen: Box) -> Iterator[Hold]:
    """Starts what holds on to bands, for wanted (wearer, address, name); it ends with the test."""
    running: list[Holder] = []

    def start(*wanted: tuple[int, str | None, str | None], **asked: object) -> Holder:
        running.append(Holder(limen, *wanted, **asked))
        return running[-1]

    yield start
    for each in running:
        each.stop()


@pytest.fixture(scope="module")
def unit(box: Box) -> Iterator[Unit]:
    """Limen as a unit has it: installed, enabled and not started. What it said is shown where a test fails."""
    made = Unit(box)
    made.lay_out()
    yield made
    with suppress(RuntimeError):  # it was shut down
        print(box.journal(UNIT))
