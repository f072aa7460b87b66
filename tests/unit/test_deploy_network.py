"""The network a box makes, held against the programs that make it."""

import re
import subprocess
from pathlib import Path

import jinja2
import pytest

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
VALUES = {
    "ansible_managed": "by a test",
    "access_point_ssid": "limen-k7qm",
    "access_point_country": "DE",
    "access_point_passphrase": "abcdefgh23456789",
    "access_point_isolate": True,
    "access_point_most_stations": 16,
}


def hostapd_config(channel: str) -> str:
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, trim_blocks=True, keep_trailing_newline=True)
    environment.filters["ternary"] = lambda value, yes, no: yes if value else no
    template = environment.from_string((DEPLOY / "hostapd" / "wlan0.conf.j2").read_text())
    return template.render(VALUES, access_point_channel=channel)


def settings(text: str) -> dict[str, str]:
    pairs = (line.split("=", 1) for line in text.splitlines() if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip() for name, value in pairs}


@pytest.mark.parametrize("channel", ["36", "11"])
def test_hostapd_understands_every_line(tools, tmp_path: Path, channel: str) -> None:
    tools("hostapd")
    path = tmp_path / "wlan0.conf"
    # There is no radio here: hostapd reads the whole file first and then fails for the interface.
    path.write_text(hostapd_config(channel).replace("/run/hostapd", str(tmp_path / "ctrl")))
    said = subprocess.run(
        ["hostapd", "-t", path], capture_output=True, text=True, env={"PATH": "/usr/sbin:/usr/bin"}
    )
    output = said.stdout + said.stderr
    assert not re.search(r"^Line \d+:|unknown configuration item|errors found", output, re.M), output


def test_the_access_point_is_as_the_radio_needs_it() -> None:
    five, two = settings(hostapd_config("40")), settings(hostapd_config("11"))
    for config in (five, two):
        assert config["wpa"] == "2"
        assert config["rsn_pairwise"] == "CCMP"
        assert config["ieee80211w"] == "0"
        assert config["dtim_period"] == "1"
        assert config["country_code"] == "DE"
    assert (five["hw_mode"], five["channel"]) == ("a", "40")
    assert (two["hw_mode"], two["channel"]) == ("g", "11")


@pytest.mark.parametrize("name", ["wifi", "cable"])
def test_dnsmasq_understands_every_line(tools, name: str) -> None:
    tools("dnsmasq")
    subprocess.run(["dnsmasq", "--test", f"--conf-file={DEPLOY / 'dnsmasq' / name}.conf"], check=True)


@pytest.mark.parametrize("name", ["wifi", "cable"])
def test_no_laptop_loses_its_internet(name: str) -> None:
    lines = (DEPLOY / "dnsmasq" / f"{name}.conf").read_text().splitlines()
    # An option without a value is not sent; without these two lines dnsmasq would send itself as both.
    assert "dhcp-option=3" in lines
    assert "dhcp-option=6" in lines
    assert "port=0" in lines


def test_a_venues_own_server_is_never_outrun() -> None:
    lines = (DEPLOY / "dnsmasq" / "cable.conf").read_text().splitlines()
    assert "dhcp-authoritative" not in lines
    assert "dhcp-reply-delay=tag:ethernet,4" in lines


def test_a_laptop_that_did_not_see_the_power_go_asks_again_within_a_minute() -> None:
    ranges = re.findall(r"^dhcp-range=.*,(\w+)$", (DEPLOY / "dnsmasq" / "cable.conf").read_text(), re.M)
    assert ranges == ["2m", "2m"]


def test_nft_understands_the_ruleset(tools) -> None:
    tools("nft", "unshare")
    rules = DEPLOY / "nftables" / "limen.nft"
    inside = ["unshare", "--map-root-user", "--net"]
    subprocess.run([*inside, "nft", "--check", "--file", rules], check=True)


def test_addresses_and_ranges_are_one_network() -> None:
    network = (DEPLOY / "network" / "70-limen-wifi.network").read_text()
    assert "Address=192.168.4.1/24" in network
    assert "dhcp-range=192.168.4.10,192.168.4.250" in (DEPLOY / "dnsmasq" / "wifi.conf").read_text()


def test_a_venues_server_gives_the_same_address_after_the_first_reboot() -> None:
    lines = (DEPLOY / "network" / "80-limen-cable.network").read_text().splitlines()
    assert "ClientIdentifier=mac" in lines[lines.index("[DHCPv4]") :]
