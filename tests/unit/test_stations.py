"""Who OSC is sent to, from the files that dnsmasq and hostapd's listener keep."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.box.stations import stations

MAC = "02:00:00:00:01:00"
WIFI = f"1795200000 {MAC} 192.168.4.23 laptop 01:{MAC}\n1795200000 02:00:00:00:02:00 192.168.4.7 * *\n"
CABLE = "1795200000 02:00:00:00:03:00 192.168.5.11 studio *\n"


@pytest.fixture
def box(tmp_path: Path) -> tuple[Path, Path]:
    leases, associated = tmp_path / "dhcp", tmp_path / "stations"
    leases.mkdir()
    associated.mkdir()
    return leases, associated


def test_nobody_where_no_network_was_ever_up(tmp_path: Path) -> None:
    assert stations(tmp_path / "none", tmp_path / "neither") == ()


def test_a_wifi_lease_counts_while_its_station_is_associated(box: tuple[Path, Path]) -> None:
    leases, associated = box
    (leases / "wifi.leases").write_text(WIFI)
    assert stations(*box) == ()
    (associated / MAC).touch()
    assert stations(*box) == ("192.168.4.23",)
    (associated / MAC).unlink()
    assert stations(*box) == ()


def test_a_cable_needs_no_association(box: tuple[Path, Path]) -> None:
    leases, _ = box
    (leases / "cable.leases").write_text(CABLE)
    assert stations(*box) == ("192.168.5.11",)


def test_without_the_list_of_associations_every_lease_counts(box: tuple[Path, Path]) -> None:
    leases, associated = box
    (leases / "wifi.leases").write_text(WIFI)
    assert stations(leases, associated / "gone") == ("192.168.4.7", "192.168.4.23")


def test_an_address_on_both_networks_is_one_station(box: tuple[Path, Path]) -> None:
    leases, _ = box
    for name in ("cable", "other"):
        (leases / f"{name}.leases").write_text(CABLE)
    assert stations(*box) == ("192.168.5.11",)


@given(st.integers(min_value=0, max_value=len(CABLE)))
def test_a_file_caught_half_written_gives_the_whole_address_or_none(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    leases = tmp_path_factory.mktemp("dhcp")
    (leases / "cable.leases").write_text(CABLE[:cut])
    assert stations(leases, leases / "gone") in {(), ("192.168.5.11",)}


@given(st.binary(max_size=200))
def test_no_contents_of_a_lease_file_stop_the_outlet(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    leases = tmp_path_factory.mktemp("dhcp")
    (leases / "wifi.leases").write_bytes(data)
    assert isinstance(stations(leases, leases / "gone"), tuple)
