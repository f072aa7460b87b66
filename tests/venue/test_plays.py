"""Pieces of the playbook, run on this machine against stand-ins: what holds when something is wrong."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
ANSIBLE = ROOT / "ansible"
Play = Callable[..., subprocess.CompletedProcess[str]]


def program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def task(file: str, name: str) -> dict[str, Any]:
    """One task of a file, by its name."""
    (found,) = (task for task in yaml.safe_load((ANSIBLE / file).read_text()) if task["name"] == name)
    return found


@pytest.fixture
def play(tools, tmp_path: Path) -> Play:
    """Runs a playbook on this machine, for one host or for several that are all this machine."""
    tools("ansible-playbook")

    def run(playbook: Path, hosts: dict[str, dict[str, Any]] | None = None, *flags: str, **variables: object):
        inventory = tmp_path / "hosts.json"
        inventory.write_text(json.dumps({"units": {"hosts": hosts or {"first": {}}}}))
        local = {
            "ansible_connection": "local",
            "ansible_become": False,
            "ansible_python_interpreter": sys.executable,
            "ansible_remote_tmp": str(tmp_path / "there"),
        }
        path = f"{tmp_path / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}"
        return subprocess.run(
            [
                "ansible-playbook",
                "--inventory",
                inventory,
                "--extra-vars",
                json.dumps(local | variables),
                *flags,
                playbook,
            ],
            cwd=ANSIBLE,
            capture_output=True,
            text=True,
            env=os.environ | {"PATH": path, "NO_COLOR": "1", "PYTHONPATH": str(ROOT / "appliance")},
        )

    return run


def a_play(path: Path, tasks: Sequence[dict[str, Any]]) -> Path:
    path.write_text(json.dumps([{"hosts": "units", "gather_facts": False, "tasks": list(tasks)}]))
    return path


@pytest.mark.parametrize(("says", "calls"), [("dpkg frontend lock was locked by another process", 2), ("no", 1)])
def test_packages_of_a_run_that_was_killed_are_waited_for(
    play: Play, tmp_path: Path, says: str, calls: int
) -> None:
    called = tmp_path / "called"
    fails_once = f"echo >> {called}; [ $(wc -l < {called}) -gt 1 ] || {{ echo 'dpkg: error: {says}' >&2; exit 2; }}"
    program(tmp_path / "bin" / "dpkg", fails_once)
    finish = task("roles/base/tasks/packages.yml", "Finish what an interrupted installation left")
    done = play(a_play(tmp_path / "play.json", [finish]))
    assert (done.returncode == 0) is (calls == 2), done.stdout
    assert len(called.read_text().splitlines()) == calls


@pytest.mark.slow
@pytest.mark.parametrize("where", ["roles/app/tasks/main.yml", "roles/base/tasks/main.yml", "tasks/settle.yml"])
def test_whatever_fails_the_card_is_closed_again(play: Play, tmp_path: Path, where: str) -> None:
    there = tmp_path / "ansible"
    named = [path.relative_to(ANSIBLE) for path in ANSIBLE.glob("roles/*/tasks/*.yml")]
    named += [path.relative_to(ANSIBLE) for path in (ANSIBLE / "tasks").glob("*.yml")]
    for path in named:
        (there / path).parent.mkdir(parents=True, exist_ok=True)
        (there / path).write_text("[]\n")
    shutil.copy(ANSIBLE / "site.yml", there)
    shutil.copy(ANSIBLE / "tasks" / "close.yml", there / "tasks")
    (there / where).write_text('- {name: Break, ansible.builtin.command: "false"}\n')
    program(there / "files" / "card.sh", f'echo "$1" >> {tmp_path}/card')
    program(tmp_path / "bin" / "findmnt", "echo ro,noatime")

    done = play(there / "site.yml")
    assert done.returncode == 2, done.stdout + done.stderr
    assert (tmp_path / "card").read_text() == "ro\n"


@pytest.mark.slow
def test_a_card_that_cannot_be_closed_is_said(play: Play, tmp_path: Path) -> None:
    program(tmp_path / "bin" / "findmnt", "echo ro,noatime")
    (tmp_path / "files").mkdir()
    close = yaml.safe_load((ANSIBLE / "tasks" / "close.yml").read_text())
    for ends, code in (("exit 0", 0), ("echo mount: / is busy >&2; echo sh holds /var/log/x >&2; exit 1", 2)):
        program(tmp_path / "files" / "card.sh", ends)
        done = play(a_play(tmp_path / "play.json", close))
        assert done.returncode == code, done.stdout
    said = " ".join(done.stdout.split())
    assert "The card of first is still open" in said
    assert "sh holds /var/log/x. Reboot it: sudo reboot closes the card" in said


def test_who_holds_the_card_open_is_named(tmp_path: Path) -> None:
    program(tmp_path / "bin" / "mountpoint", "")
    program(tmp_path / "bin" / "sleep", "")
    program(
        tmp_path / "bin" / "mount",
        f'echo "$*" >> {tmp_path}/asked; test -e {tmp_path}/free || {{ echo busy >&2; exit 32; }}',
    )

    def card(verb: str) -> subprocess.CompletedProcess[str]:
        command = ["sh", ANSIBLE / "files" / "card.sh", verb, tmp_path]
        path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
        return subprocess.run(command, capture_output=True, text=True, env=os.environ | {"PATH": path})

    read, written, gone = (tmp_path / name for name in ("read", "written", "gone"))
    for path in (read, written, gone):
        path.write_text("")
    with read.open(), written.open("w"), gone.open():
        gone.unlink()
        done = card("ro")
    assert done.returncode == 1
    assert done.stderr.startswith("busy\n")
    assert f" holds {written}\n" in done.stderr
    assert f" holds {gone} (deleted)\n" in done.stderr
    assert f"holds {read}" not in done.stderr
    assert card("rw").returncode == 1
    (tmp_path / "free").touch()
    assert card("ro").returncode == 0
    assert (tmp_path / "asked").read_text().splitlines()[-1] == f"-o remount,ro {tmp_path}"


@pytest.mark.slow
@pytest.mark.parametrize("flags", [(), ("--check",)])
def test_a_unit_that_boots_is_waited_for_and_needs_no_python(
    play: Play, tmp_path: Path, flags: tuple[str, ...]
) -> None:
    """ssh is a stand-in that is refused twice, then runs what it is asked for here."""
    here = f"echo x >> {tmp_path}/asked; [ $(wc -l < {tmp_path}/asked) -gt 2 ] || exit 255; for last; do :; done"
    program(tmp_path / "bin" / "ssh", f'{here}; exec sh -c "$last"')
    program(
        tmp_path / "bin" / "apt-get",
        f'echo "$*" >> {tmp_path}/apt; touch {tmp_path}/python3; chmod +x {tmp_path}/python3',
    )
    reach = json.loads(
        (json.dumps(yaml.safe_load((ANSIBLE / "tasks/reach.yml").read_text()))).replace(
            "/usr/bin/python3", f"{tmp_path}/python3"
        )
    )
    steps = a_play(tmp_path / "play.json", reach)
    first = play(
        steps, None, *flags, ansible_connection="ssh", ansible_ssh_executable=str(tmp_path / "bin" / "ssh")
    )
    assert first.returncode == 0, first.stdout + first.stderr
    assert "changed=1" in first.stdout
    assert ("--check can tell nothing yet" in " ".join(first.stdout.split())) is bool(flags)
    assert (tmp_path / "apt").exists() is (not flags)
    again = play(steps, ansible_connection="ssh", ansible_ssh_executable=str(tmp_path / "bin" / "ssh"))
    assert again.returncode == 0, again.stdout + again.stderr


@pytest.mark.slow
def test_a_run_that_did_not_end_has_the_next_one_reboot(play: Play, tmp_path: Path) -> None:
    def here(tasks: list[dict[str, Any]]) -> list[dict[str, Any]]:
        text = json.dumps(tasks).replace('"/run/', f'"{tmp_path}/')
        return json.loads(text.replace('"owner": "root", "group": "root", ', ""))

    def due(expected: bool) -> dict[str, Any]:
        that = f"('{tmp_path}/limen-reboot-due' is exists) == {expected}"
        return {"name": f"A reboot is due: {expected}", "ansible.builtin.assert": {"that": that}}

    begin = here(yaml.safe_load((ANSIBLE / "tasks" / "begin.yml").read_text()))
    end = here([task("tasks/settle.yml", "Note that this run came to its end")])
    whole = play(a_play(tmp_path / "whole.json", [*begin, due(False), *end, *begin, due(False), *end]))
    assert whole.returncode == 0, whole.stdout
    cut = play(a_play(tmp_path / "cut.json", [*begin, due(False), *begin, due(True)]))
    assert cut.returncode == 0, cut.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("recorder:\n  reserve: 200\n", ""),
        ("recorder:\n  reserve: 5\n", "line 2: recorder.reserve:"),
        ("recorder: [\n", "(yaml)"),
    ],
)
def test_a_wrong_configuration_is_refused_before_anything_changes(
    play: Play, tmp_path: Path, config: str, said: str
) -> None:
    check = {"ansible.builtin.import_tasks": str(ANSIBLE / "roles" / "app" / "tasks" / "check_config.yml")}
    changed = tmp_path / "changed"
    then = {"ansible.builtin.file": {"path": str(changed), "state": "touch", "mode": "0600"}}
    done = play(
        a_play(tmp_path / "play.json", [check, then]), app_config=config, app_controller_python=sys.executable
    )
    assert (done.returncode == 0) is changed.exists() is (not said), done.stdout
    assert said in done.stdout
    assert "Traceback" not in done.stdout


@pytest.mark.slow
def test_a_unit_whose_own_file_the_new_version_would_refuse_is_not_updated(play: Play, tmp_path: Path) -> None:
    """Where the inventory has no configuration; the daemon would say READY and play nothing."""
    tasks = yaml.safe_load((ANSIBLE / "roles/app/tasks/check_config.yml").read_text())
    own = tmp_path / "limen.yaml"
    tasks[0]["ansible.builtin.slurp"]["src"] = str(own)
    file = a_play(tmp_path / "play.json", tasks)
    for text, said in ((None, ""), ("recorder:\n  reserve: 200\n", ""), ("gatez: {}\n", "line 1: gatez")):
        if text is not None:
            own.write_text(text)
        done = play(file, app_config="", app_controller_python=sys.executable)
        assert (done.returncode == 0) is (not said), done.stdout
        assert said in done.stdout


def test_the_daemon_is_told_of_a_configuration_only_after_its_own_version_called_it_right() -> None:
    names = [task["name"] for task in yaml.safe_load((ANSIBLE / "roles/app/tasks/main.yml").read_text())]
    assert names.index("Switch to the version, or stay with the old one if it does not become ready") < names.index(
        "Give the unit its configuration"
    )
    given = task("roles/app/tasks/main.yml", "Give the unit its configuration")["ansible.builtin.copy"]
    assert given["validate"] == "/opt/limen/current/bin/limen check %s"


@pytest.mark.slow
def test_packages_that_were_brought_for_another_time_are_refused(play: Play, tmp_path: Path) -> None:
    (tmp_path / "first.tar").write_text("something old")
    (tmp_path / "tools").symlink_to(ROOT / "tools")
    (tmp_path / "ansible").mkdir()
    steps = task("roles/base/tasks/packages.yml", "Install from what the controller brings")["block"][:2]
    done = play(
        a_play(tmp_path / "ansible" / "play.json", steps),
        base_debs=str(tmp_path / "first.tar"),
        base_debs_architecture="arm64",
        base_missing=["iw"],
        ansible_facts={"distribution_release": "trixie"},
    )
    assert done.returncode == 2
    said = " ".join(done.stdout.split())
    assert "first.tar does not say what it was made for: run make debs HOST=first again" in said


@pytest.mark.parametrize(
    ("connection", "said"),
    [
        ("192.168.1.7 50000 192.168.1.20 22", "eth0 192.168.1.20"),
        ("", ""),
    ],
)
def test_the_way_to_a_unit_is_told(tmp_path: Path, connection: str, said: str) -> None:
    program(tmp_path / "ip", 'echo "$4 via 192.168.1.1 dev eth0 src 192.168.1.20 uid 0 \\    cache"')
    environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}", "SSH_CONNECTION": connection}
    done = subprocess.run(
        ["sh", ANSIBLE / "files" / "way.sh"], check=True, capture_output=True, text=True, env=environment
    )
    assert done.stdout.strip() == said


@pytest.mark.slow
def test_nobody_waits_for_a_unit_at_an_address_that_its_reboot_takes_away(play: Play, tmp_path: Path) -> None:
    ways = {
        "cable": ("eth0 192.168.1.20", "192.168.1.20", False),
        "adapter": ("enx00e04c680001 192.168.1.20", "192.168.1.20", False),
        "its-wifi": ("wlan0 192.168.4.1", "limen-k7qm.local", False),
        "its-gadget": ("usb0 192.168.6.1", "192.168.6.1", False),
        "local": ("", "localhost", False),
        "home-wifi": ("wlan0 192.168.1.20", "192.168.1.20", True),
        "another-gadget": ("usb0 10.55.0.1", "10.55.0.1", True),
        "old-name": ("eth0 192.168.1.20", "raspberrypi.local", True),
    }
    hosts = {
        name: {"way": {"stdout": f"{way}\n"}, "ansible_host": address, "ends": ends}
        for name, (way, address, ends) in ways.items()
    }
    judge = {"ansible.builtin.assert": {"that": "way_ends == ends"}}
    tasks = [task("tasks/settle.yml", "Know whether it is reached there after the reboot"), judge]
    done = play(a_play(tmp_path / "play.json", tasks), hosts, base_hostname="limen-k7qm")
    assert done.returncode == 0, done.stdout


def test_a_unit_whose_card_was_written_anew_is_forgotten_by_its_name(tools, tmp_path: Path) -> None:
    tools("ssh-keygen", "make")
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + "A" * 43
    (tmp_path / "known_hosts").write_text(f"first {key}\nsecond {key}\n")
    command = ["make", "--silent", "forget", f"SECRETS={tmp_path}"]
    subprocess.run([*command, "HOST=first"], cwd=ROOT, check=True, capture_output=True)
    assert (tmp_path / "known_hosts").read_text() == f"second {key}\n"
    assert subprocess.run([*command, "HOST="], cwd=ROOT, capture_output=True).returncode != 0


def test_a_unit_is_known_by_its_name_and_not_by_its_address() -> None:
    asked = yaml.safe_load((ANSIBLE / "group_vars" / "units.yml").read_text())["ansible_ssh_extra_args"]
    learned = yaml.safe_load((ANSIBLE / "roles/hardening/defaults/main.yml").read_text())["hardening_host"]
    assert asked == f"-o HostKeyAlias={learned}"


CHECK_NETWORK = {"ansible.builtin.import_tasks": str(ANSIBLE / "roles/access_point/tasks/check.yml")}
NETWORK = {
    "base_secrets": "secrets",
    "access_point_country": "DE",
    "access_point_ssid": "limen-k7qm",
    "access_point_passphrase": "abcdefgh23456789",
}


@pytest.mark.slow
def test_a_network_that_nobody_could_join_is_refused_with_a_remedy(play: Play, tmp_path: Path) -> None:
    wrong = [
        ("access_point_country", "UK", "the United Kingdom is GB"),
        ("access_point_country", False, 'Norway is "NO", in quotes'),
        ("access_point_country", "ZZ", "write the two letters of ISO 3166"),
        ("access_point_country", "DE\n", "write the two letters of ISO 3166"),
        ("access_point_ssid", "", "1 to 32 bytes"),
        ("access_point_ssid", "Bühne" * 5 + "12a", "1 to 32 bytes"),
        ("access_point_ssid", "two\nlines", "without control characters"),
        ("access_point_ssid", "line\n", "without control characters"),
        ("access_point_passphrase", "sevenlt", "has 7 characters"),
        ("access_point_passphrase", "x" * 64, "has 64 characters"),
        ("access_point_passphrase", "Bühne mit Ä", "that are not plain"),
        ("access_point_passphrase", "abcdefgh\n", "has 9 characters"),
    ]
    right = [
        ("access_point_country", "NO"),
        ("access_point_ssid", "Bühne" * 5 + "12"),
        ("access_point_ssid", "100 % & \"half\" 'a' #1"),
        ("access_point_ssid", 2026),
        ("access_point_passphrase", "x" * 63),
        ("access_point_passphrase", 'with a space, and = # "'),
        ("access_point_passphrase", 12345678),
    ]
    hosts = {f"wrong{n}": NETWORK | {key: value} for n, (key, value, _) in enumerate(wrong)}
    hosts |= {f"right{n}": NETWORK | {key: value} for n, (key, value) in enumerate(right)}
    countries = yaml.safe_load((ANSIBLE / "roles/access_point/vars/main.yml").read_text())
    passed = {"ansible.builtin.debug": {"msg": "passed {{ inventory_hostname }}"}}
    done = play(a_play(tmp_path / "play.json", [CHECK_NETWORK, passed]), hosts, **countries)
    said = " ".join(done.stdout.split())
    for n, (key, _, remedy) in enumerate(wrong):
        told = said.split(f"[wrong{n}]: FAILED! => ")[1].split("[ERROR]")[0]
        assert f"{key} of wrong{n}" in told
        assert remedy in told.replace("\\", "")
    assert all(f"passed right{n}" in said for n in range(len(right)))
    assert "passed wrong" not in said
    assert "sevenlt" not in said


RADIO = """
state={there}/country
case "$*" in
  "reg get") echo global; echo "country $(cat $state): DFS-ETSI"; echo "	(2400 - 2483 @ 40), (N/A, 20), (N/A)" ;;
  "reg set "*) case " {knows} " in *" $3 "*) echo "$3" > $state ;; esac; echo "$*" >> {there}/asked ;;
  "reg reload") echo "$*" >> {there}/asked ;;
  phy*) cat {there}/channels ;;
esac
"""


@pytest.fixture
def radio(tmp_path: Path) -> Callable[..., list[str]]:
    """Runs radio.sh in front of a stand-in for iw; the lines that it prints."""
    program(tmp_path / "bin" / "iw", RADIO.format(there=tmp_path, knows="DE GB"))
    program(tmp_path / "bin" / "sleep", "")
    (tmp_path / "country").write_text("00\n")

    def run(verb: str, country: str, *channels: str) -> list[str]:
        lines = [
            "\t\t\t* 2462 MHz [11] (20.0 dBm)",
            *(f"\t\t\t* {channel}" for channel in channels),
            "\t\t\t* 5260 MHz [52] (20.0 dBm)",
        ]
        (tmp_path / "channels").write_text("\n".join(lines) + "\n")
        script = ANSIBLE / "roles/access_point/files/radio.sh"
        environment = os.environ | {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "LIMEN_NET": str(tmp_path)}
        done = subprocess.run(
            ["sh", script, verb, country], check=True, capture_output=True, text=True, env=environment
        )
        return done.stdout.splitlines()

    return run


@pytest.mark.parametrize(
    ("channels", "chosen"),
    [
        (["5180 MHz [36] (20.0 dBm)"], "36"),
        (["5180.0 MHz [36] (20.0 dBm)"], "36"),
        (["5180 MHz [36] (disabled)", "5200 MHz [40] (20.0 dBm) (no IR)", "5220 MHz [44] (20.0 dBm)"], "44"),
        (["5180.0 MHz [36] (20.0 dBm) (no IR, radar detection)", "5240.0 MHz [48] (17.0 dBm)"], "48"),
        (["5180 MHz [36] (20.0 dBm) (radar detection)"], "none"),
        (["5180 MHz [36] (20.0 dBm) (passive scanning)"], "none"),
        ([], "none"),
    ],
)
def test_the_channel_is_one_on_which_an_access_point_may_begin_at_once(
    radio: Callable[..., list[str]], channels: list[str], chosen: str
) -> None:
    assert radio("set", "DE", *channels) == ["DE", chosen]


def test_the_radio_is_asked_under_the_country_and_nothing_is_set_to_look(
    radio: Callable[..., list[str]], tmp_path: Path
) -> None:
    assert radio("look", "DE") == ["00", "none"]
    assert not (tmp_path / "asked").exists()
    assert radio("set", "DE")[0] == "DE"
    assert radio("set", "DE")[0] == "DE"
    assert (tmp_path / "asked").read_text() == "reg set DE\n"
    # The kernel passes a country over that its database lacks, or looked for the database before it was there.
    assert radio("set", "FR")[0] == "DE"
    assert (tmp_path / "asked").read_text().endswith("reg set FR\nreg reload\nreg set FR\n")
    (tmp_path / "bin" / "iw").unlink()
    program(tmp_path / "bin" / "iw", "exit 127")
    assert radio("look", "DE") == ["none", "none"]


@pytest.mark.slow
def test_the_band_is_what_the_radio_may_under_its_country(play: Play, tmp_path: Path) -> None:
    cases = {
        "may": ("auto", ["DE", "40"], "40"),
        "may-not": ("auto", ["DE", "none"], "11"),
        "other-rules": ("auto", ["00", "36"], "11"),
        "asked-2": ("2.4", None, "11"),
        "asked-5": ("5", ["DE", "44"], "44"),
        "refused-5": ("5", ["DE", "none"], None),
        "refused-5-other-rules": ("5", ["00", "36"], None),
    }
    hosts = {
        name: {
            "access_point_band": band,
            "access_point_country": "DE",
            "access_point_radio": {"stdout_lines": said} if said else {"skipped": True, "changed": False},
            "expected": channel,
        }
        for name, (band, said, channel) in cases.items()
    }
    file = "roles/access_point/tasks/main.yml"
    names = ["Know whether that was this country's rules", "Say that they were not", "Choose the channel"]
    steps = [task(file, name) for name in [*names, "Refuse a band that the radio may not use"]]
    judge = {"ansible.builtin.assert": {"that": "access_point_channel == expected", "success_msg": "as expected"}}
    done = play(a_play(tmp_path / "play.json", [*steps, judge]), hosts)
    for name, (_, _, channel) in cases.items():
        failed = f"[{name}]: FAILED!" in done.stdout
        assert failed == (channel is None), done.stdout
    assert 'write auto or "2.4"' in " ".join(done.stdout.split())
    assert "obeys the rules of 00 now, so it gets 2.4 GHz" in " ".join(done.stdout.split())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("current", "trial", "asked"), [("old", False, True), ("new", False, False), ("new", True, True)]
)
def test_the_unit_switches_where_the_version_is_not_current_or_not_proven(
    play: Play, tmp_path: Path, current: str, trial: bool, asked: bool
) -> None:
    (tmp_path / "current").symlink_to(f"releases/{current}")
    if trial:
        (tmp_path / "trial").write_text("old")
    program(tmp_path / "limen-release", f'echo "$*" >> {tmp_path}/asked')
    tasks = yaml.safe_load((ANSIBLE / "roles/app/tasks/main.yml").read_text())
    names = [task["name"] for task in tasks]
    after = names.index("See which version runs")
    until = names.index("Switch to the version, or stay with the old one if it does not become ready")
    text = json.dumps(tasks[after : until + 1]).replace("/usr/local/libexec", str(tmp_path))
    steps = a_play(tmp_path / "play.json", json.loads(text.replace("/opt/limen", str(tmp_path))))

    checked = play(steps, None, "--check", app_version="new")
    assert ("changed=1" in checked.stdout) is asked, checked.stdout
    assert ("first would switch to new" in checked.stdout) is asked
    assert not (tmp_path / "asked").exists()
    done = play(steps, app_version="new")
    assert done.returncode == 0, done.stdout
    assert (tmp_path / "asked").exists() is asked
