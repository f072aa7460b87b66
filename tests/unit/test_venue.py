"""The names that the program knows a box by are those that deploy/ and ansible/ lay out."""

import re
from pathlib import Path

import pytest
import yaml
from tests.conftest import ROOT

from limen.box import venue
from limen.outlets.osc.settings import CONTROL_PORT

DEPLOY = ROOT / "deploy"
TASKS = "\n".join(path.read_text() for path in (ROOT / "ansible" / "roles").rglob("tasks/*.yml"))
DAEMON_UNIT = (DEPLOY / "systemd" / venue.DAEMON).read_text()


def read(*parts: str) -> str:
    return DEPLOY.joinpath(*parts).read_text()


def test_the_units_that_are_asked_after_are_laid_out_and_started() -> None:
    defaults = (ROOT / "ansible" / "roles").glob("*/defaults/main.yml")
    values = [value for path in defaults for value in yaml.safe_load(path.read_text()).values()]
    started = {name for value in values if isinstance(value, list) for name in value}
    units = {venue.DAEMON, venue.DHCP, venue.HOSTAPD.format(venue.WIFI), venue.ADDRESSES, venue.DATA}
    assert units <= started
    assert f"name: {venue.RULES}" in TASKS
    for name in (venue.DAEMON, venue.DHCP, venue.DATA):
        assert (DEPLOY / "systemd" / re.sub("@.*[.]", "@.", name)).is_file()
    assert (DEPLOY / "systemd" / f"{venue.BLUETOOTH}.d").is_dir()


def test_the_timers_that_must_not_run_are_masked() -> None:
    assert set(venue.MASKED_TIMERS) <= set(read("systemd", "masked-units").splitlines())


def test_the_box_has_the_address_on_the_interface_that_is_looked_at() -> None:
    lines = read("network", "70-limen-wifi.network").splitlines()
    assert f"Name={venue.WIFI}" in lines
    assert f"Address={venue.WIFI_ADDRESS}/24" in lines
    assert f"interface={venue.WIFI}" in read("hostapd", "wlan0.conf.j2").splitlines()
    assert f"/etc/hostapd/{venue.WIFI}.conf" in TASKS
    assert f"interface={venue.WIFI}" in read("dnsmasq", "wifi.conf").splitlines()


def test_the_firewall_is_the_table_that_is_looked_for_and_lets_commands_in() -> None:
    rules = read("nftables", "limen.nft")
    assert f"table {' '.join(venue.FIREWALL)} {{" in rules
    assert f"dport {CONTROL_PORT} accept" in rules
    assert rules.count("policy drop") == 2


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (venue.LEASES, read("systemd", "limen-dhcp@.service")),
        (venue.ASSOCIATED, read("libexec", "limen-stations")),
        (venue.CONFIG_FILE, DAEMON_UNIT),
        (venue.PROGRAM, DAEMON_UNIT),
    ],
)
def test_what_is_read_is_where_others_put_it(path: str, text: str) -> None:
    assert f"/{path}" in text


def test_the_daemon_runs_as_the_user_for_whom_the_doctor_tries_to_write() -> None:
    assert {f"User={venue.USER}", f"Group={venue.USER}"} <= set(DAEMON_UNIT.splitlines())
    assert f"name: {venue.USER}\n    system: true\n    group: {venue.USER}\n" in TASKS


def test_state_is_kept_on_the_data_partition() -> None:
    assert f"StateDirectory={Path(venue.STATE).name}" in DAEMON_UNIT.splitlines()
    assert 'mount --bind "$data/limen" "$lib/limen"' in read("libexec", "limen-data")
    instance = re.search("@(.*)[.]service", venue.DHCP)
    assert f"{instance[1]}.leases" == venue.WIFI_LEASES
