"""A unit that is updated: by a version that works, by broken ones, and with the plug pulled in the middle."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.virtualbox.box import Box
from tests.virtualbox.technician import PLAY_S, Technician
from tests.virtualbox.unit import NAME, Made, be_patient

pytestmark = pytest.mark.trial

RUN = Path("appliance/limen/cli/run.py")
DIES = "raise SystemExit(1)"
RELEASE = "/usr/local/libexec/limen-release"
HANGS = "import time; time.sleep(3600)"


@pytest.fixture(scope="module")
def box(unit_box: Box) -> Box:
    be_patient(unit_box)
    return unit_box


@pytest.fixture
def technician(made_unit: Made, tmp_path: Path) -> Technician:
    return made_unit.technician(tmp_path)


def current(box: Box) -> str:
    return box.run("readlink /opt/limen/current").strip().removeprefix("releases/")


def plays(box: Box, technician: Technician) -> bool:
    """Whether a laptop hears from it."""
    box.laptop.join(technician.ssid(NAME), technician.passphrase(NAME))
    ears = box.laptop.listen(9000)
    try:
        return bool(ears.wait_for("/limen/box/alive", count=3))
    finally:
        ears.stop()
        box.laptop.leave()


def name_version(technician: Technician, version: str, first: str | None = None) -> None:
    """Make the clone another version, whose daemon does `first` before anything else."""
    where = technician.clone / "appliance" / "limen" / "__init__.py"
    where.write_text(re.sub(r'__version__ = ".*"', f'__version__ = "{version}"', where.read_text()))
    if first:
        run = technician.clone / RUN
        run.write_text(run.read_text().replace("    held = first", f"    {first}\n    held = first"))


def test_a_version_that_dies_is_undone_by_itself(box: Box, technician: Technician) -> None:
    before = current(box)
    name_version(technician, "0.0.1.dev1", DIES)
    recap = technician.play(box, NAME, "--tags", "app", check=False)
    assert recap.failed == 1
    assert f"did not become ready; {before} runs again" in recap.text
    assert current(box) == before
    assert plays(box, technician)


def lay_in(box: Box, technician: Technician) -> str:
    """Bring the wheels of the clone's version, as the playbook does; the version's name."""
    version, wheels = technician.pack()
    folder = f"/opt/limen/incoming/{version}"
    box.run(f"mount -o remount,rw / && mkdir -p {folder}")
    box.run(f"tar x -C {folder}", stdin=wheels.read_bytes())
    return version


def has_part(box: Box, version: str) -> bool:
    return "numpy" in box.run(f"ls /opt/limen/releases/{version}/lib/python3*/site-packages", check=False)


def test_the_plug_is_pulled_while_a_version_is_installed(box: Box, technician: Technician) -> None:
    before = current(box)
    name_version(technician, "0.0.1.dev2")
    version = lay_in(box, technician)
    with box.shell.start(f"{RELEASE} install {version}") as installing:
        box.wait_for("part of the version", lambda: has_part(box, version), PLAY_S, every=1)
        assert installing.poll() is None
        box.cut_power()
    box.power_on()
    be_patient(box)
    assert box.run(f"ls /opt/limen/releases/{version}/.complete", check=False) == ""
    assert current(box) == before
    assert plays(box, technician)


def test_the_plug_is_pulled_before_a_version_is_ready(box: Box, technician: Technician) -> None:
    before = current(box)
    name_version(technician, "0.0.1.dev3", HANGS)
    version = lay_in(box, technician)
    box.run(f"{RELEASE} install {version}", timeout=PLAY_S)
    with box.shell.start(f"{RELEASE} switch {version}") as switching:
        box.wait_for("the switch", lambda: current(box) == version, every=1)
        assert box.run("cat /opt/limen/trial").strip() == before
        assert switching.poll() is None
        box.cut_power()
    box.power_on()
    assert current(box) == before
    assert box.run("ls /opt/limen/trial", check=False) == ""
    be_patient(box)
    assert plays(box, technician)


def test_a_killed_run_is_taken_up_again_and_ends_with_the_new_version(box: Box, technician: Technician) -> None:
    before = current(box)
    name_version(technician, "0.0.1.dev4")
    with technician.half_way(box, NAME, "--tags", "app", until=lambda _: has_part(box, "0.0.1.dev4-*")):
        """It is killed there."""
    assert current(box) == before
    technician.play(box, NAME, "--tags", "app")
    assert current(box).startswith("0.0.1.dev4-")
    assert box.run("cat /opt/limen/previous").strip() == before
    assert "0.0.1.dev4" in box.run("limen --version")
    assert box.run("findmnt -no OPTIONS /").startswith("ro,")
    assert plays(box, technician)
