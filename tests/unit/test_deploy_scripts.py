"""The small programs beneath the daemon: what they leave when the power goes in the middle of them."""

import os
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.program_help import load

LIBEXEC = Path(__file__).resolve().parents[2] / "deploy" / "libexec"


@pytest.fixture(scope="module")
def release() -> ModuleType:
    return load_release()


def load_release() -> ModuleType:
    return load(LIBEXEC / "limen-release")


def install(release: ModuleType, root: Path, *versions: str) -> None:
    for version in versions:
        (root / "releases" / version).mkdir(parents=True)
        release.complete(root, version)


def test_the_first_version_becomes_current(release: ModuleType, tmp_path: Path) -> None:
    install(release, tmp_path, "1")
    assert release.switch(tmp_path, "1", lambda: True) == 0
    assert (tmp_path / "current").resolve() == tmp_path / "releases" / "1"
    assert not (tmp_path / "trial").exists()


def test_a_version_that_does_not_become_ready_gives_way_to_the_old_one(release: ModuleType, tmp_path: Path) -> None:
    install(release, tmp_path, "1", "2")
    release.switch(tmp_path, "1", lambda: True)
    tried = []

    def works() -> bool:
        tried.append(release.current(tmp_path))
        return tried[-1] == "1"

    assert release.switch(tmp_path, "2", works) == release.EXIT_ROLLED_BACK
    assert tried == ["2", "1"]
    assert release.current(tmp_path) == "1"


def test_who_comes_second_waits_until_the_first_is_done_or_dead(
    release: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(release, "LOCK", tmp_path / "lock")
    monkeypatch.setattr(release, "ROOT", tmp_path)
    install(release, tmp_path, "1", "2")
    release.switch(tmp_path, "1", lambda: True)
    second = threading.Thread(target=release.main, args=(["prune"],))
    with subprocess.Popen(
        ["flock", tmp_path / "lock", "sh", "-c", "echo at work; exec sleep 600"],
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as first:
        assert first.stdout is not None
        first.stdout.readline()
        second.start()
        second.join(0.5)
        assert second.is_alive()
        assert release.is_complete(tmp_path, "2")
        # flock(1) holds the lock with whom it runs.
        os.killpg(first.pid, signal.SIGKILL)
    second.join(30)
    assert not release.is_complete(tmp_path, "2")


def test_what_is_not_whole_is_never_switched_to(release: ModuleType, tmp_path: Path) -> None:
    install(release, tmp_path, "1")
    release.switch(tmp_path, "1", lambda: True)
    (tmp_path / "releases" / "2").mkdir()
    assert release.switch(tmp_path, "2", lambda: True) == 1
    assert release.current(tmp_path) == "1"


def test_the_same_version_again_restarts_nothing(release: ModuleType, tmp_path: Path) -> None:
    install(release, tmp_path, "1")
    release.switch(tmp_path, "1", lambda: True)
    assert release.switch(tmp_path, "1", lambda: pytest.fail("restarted")) == 0


def test_the_last_version_is_kept_and_no_other(release: ModuleType, tmp_path: Path) -> None:
    install(release, tmp_path, "1", "2", "3", "cut-in-two")
    for version in ("1", "2", "3"):
        release.switch(tmp_path, version, lambda: True)
    release.prune(tmp_path)
    assert sorted(p.name for p in (tmp_path / "releases").iterdir()) == ["2", "3"]


def kill(release: ModuleType, root: Path, version: str) -> None:
    """A switch that ends after `current` was replaced and before READY."""

    def dies() -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        release.switch(root, version, dies)
    assert release.current(root) == version


def test_a_switch_that_was_killed_is_finished_by_the_next(release: ModuleType, tmp_path: Path) -> None:
    install(release, tmp_path, "1", "2")
    release.switch(tmp_path, "1", lambda: True)
    kill(release, tmp_path, "2")
    assert release.switch(tmp_path, "2", lambda: True) == 0
    assert release.current(tmp_path) == "2"
    assert (tmp_path / "previous").read_text() == "1"
    assert not (tmp_path / "trial").exists()


@pytest.mark.parametrize("next_one", ["2", "3"])
def test_after_a_switch_that_was_killed_the_proven_version_is_gone_back_to(
    release: ModuleType, tmp_path: Path, next_one: str
) -> None:
    install(release, tmp_path, "too-old", "0", "1", "2")
    release.switch(tmp_path, "0", lambda: True)
    release.switch(tmp_path, "1", lambda: True)
    kill(release, tmp_path, "2")
    release.prune(tmp_path)
    assert sorted(p.name for p in (tmp_path / "releases").iterdir()) == ["0", "1", "2"]
    install(release, tmp_path, "3")
    tried = []

    def works() -> bool:
        tried.append(release.current(tmp_path))
        return tried[-1] == "1"

    assert release.switch(tmp_path, next_one, works) == release.EXIT_ROLLED_BACK
    assert tried == [next_one, "1"]
    assert release.current(tmp_path) == "1"
    assert (tmp_path / "previous").read_text() == "0"


def test_from_a_switch_that_was_killed_one_can_go_straight_back(release: ModuleType, tmp_path: Path) -> None:
    install(release, tmp_path, "0", "1", "2")
    release.switch(tmp_path, "0", lambda: True)
    release.switch(tmp_path, "1", lambda: True)
    kill(release, tmp_path, "2")
    assert release.switch(tmp_path, "1", lambda: True) == 0
    assert release.current(tmp_path) == "1"
    assert (tmp_path / "previous").read_text() == "0"


class PowerCutError(Exception):
    """The power goes."""


@given(cut=st.integers(min_value=0, max_value=12), ready=st.booleans())
def test_whenever_the_plug_is_pulled_a_whole_proven_version_is_left(
    tmp_path_factory: pytest.TempPathFactory, cut: int, ready: bool
) -> None:
    release = load_release()
    root = tmp_path_factory.mktemp("limen")
    install(release, root, "old", "new")
    release.switch(root, "old", lambda: True)
    steps = 0

    def powered(action: Callable[..., object]) -> Callable[..., object]:
        def step(*arguments: object) -> object:
            nonlocal steps
            steps += 1
            if steps > cut:
                raise PowerCutError
            return action(*arguments)

        return step

    # Every change ends in a flush; the power goes before one of them.
    release.flush = powered(release.flush)
    proven = False

    def works() -> bool:
        nonlocal proven
        proven = ready
        return ready

    try:
        release.switch(root, "new", works)
    except PowerCutError:
        release = load_release()
        if (root / "trial").exists():  # limen-release.service
            release.recover(root)
    assert release.is_complete(root, release.current(root))
    assert release.current(root) in ({"old", "new"} if proven else {"old"})
    assert not (root / "trial").exists()


def run(name: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LIBEXEC / name, *arguments], check=True, capture_output=True, text=True, env=os.environ | environment
    )


@pytest.fixture
def fake_bin(tmp_path: Path) -> Path:
    """A folder before all others in PATH where systemctl only writes down what it was asked."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("systemctl", "journalctl"):
        said = "[ $1 != show ] || echo start-limit-hit"
        (folder / name).write_text(f'#!/bin/sh\necho {name} "$@" >> "{tmp_path}/asked"\n{said}\n')
        (folder / name).chmod(0o755)
    return folder


def test_reboots_run_out_and_come_back_with_time(tmp_path: Path, fake_bin: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    environment = {
        "LIMEN_BOX_STATE": str(state),
        "PATH": f"{fake_bin}:{os.environ['PATH']}",
        "LIMEN_WAIT_S": "0",
    }

    def reboots(times: int) -> int:
        (tmp_path / "asked").write_text("")
        for _ in range(times):
            run("limen-last-resort", **environment)
        return (tmp_path / "asked").read_text().count("systemctl reboot")

    assert reboots(5) == 3
    assert "systemctl start --no-block limen.service" in (tmp_path / "asked").read_text()
    run("limen-last-resort", "credit", **environment)
    assert reboots(3) == 1
    for _ in range(9):
        run("limen-last-resort", "credit", **environment)
    assert reboots(5) == 3


def test_where_reboots_cannot_be_counted_there_are_none_and_the_lights_say_that_it_is_over(
    tmp_path: Path, fake_bin: Path
) -> None:
    """A data partition that is dead is stood in for by memory, which each boot finds empty."""
    (fake_bin / "python").write_text(f'#!/bin/sh\nprintf %s "$3" > {tmp_path}/lights\n')
    (fake_bin / "python").chmod(0o755)
    with tempfile.TemporaryDirectory(dir="/dev/shm") as memory:
        run(
            "limen-last-resort",
            LIMEN_BOX_STATE=memory,
            LIMEN_WAIT_S="0",
            LIMEN_PYTHON=str(fake_bin / "python"),
            PATH=f"{fake_bin}:{os.environ['PATH']}",
        )
    asked = (tmp_path / "asked").read_text()
    assert "systemctl reboot" not in asked
    assert "systemctl start --no-block limen.service" in asked
    assert "first_light()" in (tmp_path / "lights").read_text()


def test_a_failure_that_systemd_gets_over_itself_is_no_reason_to_reboot(tmp_path: Path, fake_bin: Path) -> None:
    (fake_bin / "systemctl").write_text(f'#!/bin/sh\necho "$1" >> "{tmp_path}/asked"\necho watchdog\n')
    run("limen-last-resort", LIMEN_BOX_STATE=str(tmp_path), PATH=f"{fake_bin}:{os.environ['PATH']}")
    assert (tmp_path / "asked").read_text() == "show\n"


def test_the_ring_of_boots_is_bounded_and_holds_the_kernels_last_words(tmp_path: Path, fake_bin: Path) -> None:
    pstore = tmp_path / "pstore"
    pstore.mkdir()
    environment = {
        "LIMEN_BOX_STATE": str(tmp_path),
        "LIMEN_PSTORE": str(pstore),
        "PATH": f"{fake_bin}:{os.environ['PATH']}",
    }
    for boot in range(12):
        (pstore / "dmesg-ramoops-0").write_text(f"Kernel panic {boot}\n" + "x" * 40_000)
        run("limen-evidence", "boot", LIMEN_BOOT_ID=str(boot), **environment)
    boots = tmp_path / "boots"
    kept = sorted(int(p.name) for p in boots.iterdir() if p.name.isdecimal())
    assert kept == list(range(4, 12))
    assert all((boots / str(n)).stat().st_size <= 65536 for n in kept)
    assert list(pstore.iterdir()) == []


def test_a_pulled_plug_is_told_from_an_orderly_end(tmp_path: Path) -> None:
    environment = {"LIMEN_BOX_STATE": str(tmp_path), "LIMEN_PSTORE": str(tmp_path / "none")}
    run("limen-evidence", "boot", **environment)
    run("limen-evidence", "end", **environment)
    run("limen-evidence", "boot", **environment)
    run("limen-evidence", "boot", **environment)
    assert (tmp_path / "boots" / "1").read_text().endswith("end\n")
    assert not (tmp_path / "boots" / "2").read_text().endswith("end\n")


def test_what_befell_the_data_partition_is_kept_with_the_boot(tmp_path: Path) -> None:
    environment = {
        "LIMEN_BOX_STATE": str(tmp_path),
        "LIMEN_PSTORE": str(tmp_path / "none"),
        "LIMEN_RUN": str(tmp_path),
    }
    (tmp_path / "limen-data-event").write_text("it is damaged\nit was made anew\n")
    run("limen-evidence", "boot", LIMEN_BOOT_ID="one", **environment)
    kept = [line.partition(": ")[2] for line in (tmp_path / "boots" / "current").read_text().splitlines()]
    assert kept == ["boot one", "it is damaged", "it was made anew"]


def test_stations_come_and_go(tmp_path: Path) -> None:
    mac, environment = "02:00:00:00:01:00", {"LIMEN_STATIONS": str(tmp_path)}
    run("limen-stations", "wlan0", "AP-STA-CONNECTED", mac, **environment)
    assert [p.name for p in tmp_path.iterdir()] == [mac]
    run("limen-stations", "wlan0", "AP-STA-DISCONNECTED", mac, **environment)
    assert list(tmp_path.iterdir()) == []
    run("limen-stations", "wlan0", "AP-STA-CONNECTED", mac, **environment)
    run("limen-stations", "wlan0", "AP-ENABLED", **environment)
    assert list(tmp_path.iterdir()) == []
    run("limen-stations", "wlan0", "CTRL-EVENT-SOMETHING-NEW", "1", **environment)


@pytest.mark.parametrize(("verb", "dark"), [("poweroff", True), ("halt", True), ("reboot", False), ("", False)])
def test_lights_go_out_at_the_very_end_and_not_for_a_reboot(tmp_path: Path, verb: str, dark: bool) -> None:
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nprintf %s "$3" > {tmp_path}/asked\n')
    python.chmod(0o755)
    hook = LIBEXEC.parent / "system-shutdown" / "limen"
    done = subprocess.run([hook, verb], env=os.environ | {"LIMEN_PYTHON": str(python)}, capture_output=True)
    assert done.returncode == 0
    asked = tmp_path / "asked"
    assert asked.exists() == dark
    if dark:
        compile(asked.read_text(), "hook", "exec")
        assert "lights_out()" in asked.read_text()
