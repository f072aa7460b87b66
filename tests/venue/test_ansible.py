"""The playbook, held against Ansible's own judges; what a technician's command says when something is missing."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
ANSIBLE = ROOT / "ansible"
ROLES = sorted(path for path in (ANSIBLE / "roles").iterdir())
UNAMBIGUOUS = "abcdefghjkmnpqrstuvwxyz23456789"


def ansible(*command: str) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "NO_COLOR": "1"}
    return subprocess.run(command, cwd=ANSIBLE, capture_output=True, text=True, env=environment)


@pytest.mark.slow
@pytest.mark.parametrize("play", ["site.yml", "debs.yml"])
def test_ansible_understands_the_play(tools, play: str) -> None:
    tools("ansible-playbook")
    done = ansible("ansible-playbook", "--inventory", "inventory.example", "--syntax-check", play)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_the_production_profile_has_nothing_to_say(tools) -> None:
    tools("ansible-lint")
    done = ansible("ansible-lint", "--offline", "--profile", "production", "--nocolor")
    assert done.returncode == 0, done.stdout + done.stderr
    assert not (ANSIBLE / ".ansible-lint-ignore").exists()
    assert "noqa" not in "".join(path.read_text() for path in ANSIBLE.rglob("*.yml"))


@pytest.mark.parametrize("role", ROLES, ids=lambda path: path.name)
def test_every_variable_of_a_role_bears_its_name_and_is_explained(role: Path) -> None:
    specs = yaml.safe_load((role / "meta" / "argument_specs.yml").read_text())["argument_specs"]["main"]["options"]
    defaults = yaml.safe_load((role / "defaults" / "main.yml").read_text())
    assert set(defaults) | {name for name, spec in specs.items() if spec.get("required")} == set(specs)
    assert all(name.startswith(f"{role.name}_") for name in specs)
    assert all(spec["description"] for spec in specs.values())


def test_passphrases_have_79_bits_in_an_alphabet_that_nobody_misreads() -> None:
    text = (ANSIBLE / "roles" / "access_point" / "defaults" / "main.yml").read_text()
    alphabet, length = re.search(r"chars=\['(\w+)'\], length=(\d+)", text).groups()
    assert alphabet == UNAMBIGUOUS
    assert len(set(alphabet)) ** int(length) >= 2**79


def test_what_shows_the_passphrase_is_not_logged() -> None:
    tasks = yaml.safe_load((ANSIBLE / "roles" / "access_point" / "tasks" / "main.yml").read_text())
    templates = {path.name: path.read_text() for path in (ANSIBLE / "roles").rglob("*.j2")}
    templates["wlan0.conf.j2"] = (ROOT / "deploy" / "hostapd" / "wlan0.conf.j2").read_text()
    secret = {name for name, text in templates.items() if "passphrase" in text}
    shown = [task for task in tasks if Path(task.get("ansible.builtin.template", {}).get("src", "")).name in secret]
    assert len(shown) == len(secret) == 2
    assert all(task["no_log"] for task in shown)
    assert all(task["ansible.builtin.template"]["mode"] in {"0600", "0640"} for task in shown)


def test_the_mode_of_a_link_is_not_given_to_what_it_points_at() -> None:
    paths = sorted((ANSIBLE / "roles").glob("*/tasks/*.yml"))
    tasks = [task for path in paths for task in yaml.safe_load(path.read_text())]
    links = [file for task in tasks if (file := task.get("ansible.builtin.file", {})).get("state") == "link"]
    assert links
    assert [file["dest"] for file in links if file.get("follow", True)] == []


def test_secrets_and_addresses_stay_out_of_git() -> None:
    for path in ("ansible/secrets/first/passphrase", "ansible/inventory/hosts.yml"):
        assert subprocess.run(["git", "check-ignore", "--quiet", path], cwd=ROOT).returncode == 0


def test_every_file_that_is_laid_out_is_there() -> None:
    text = "\n".join(path.read_text() for path in (ANSIBLE / "roles").rglob("*.yml"))
    named = set(re.findall(r"\{from: ([^,]+),", text))
    assert named
    assert [name for name in sorted(named) if not (ROOT / "deploy" / name).is_file()] == []
    for role in ROLES:
        defaults = yaml.safe_load((role / "defaults" / "main.yml").read_text())
        for key in ("app_units", "storage_units", "storage_memory_mounts"):
            for unit in defaults.get(key, []):
                assert (ROOT / "deploy" / "systemd" / unit).is_file()


def test_make_unit_says_what_is_missing() -> None:
    done = subprocess.run(["make", "--silent", "inventory", "HOST="], cwd=ROOT, capture_output=True, text=True)
    assert "which unit?" in done.stderr
