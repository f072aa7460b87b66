"""What the boot firmware is told, held against the pin map, the compiler, and a card of a kind."""

import re
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FIRMWARE = ROOT / "firmware"
PINS = tomllib.loads((FIRMWARE / "pins.toml").read_text())
LINES = (FIRMWARE / "limen.txt").read_text().splitlines()
GADGET_LINES = (FIRMWARE / "limen-gadget.txt").read_text().splitlines()
GADGET = "dtoverlay=dwc2,dr_mode=peripheral"
OVERLAYS = sorted((FIRMWARE / "overlays").glob("*.dts"))


def pins(kind: str) -> set[int]:
    found = [line for line in LINES if re.fullmatch(rf"gpio=[\d,]+={kind}", line)]
    return {int(number) for line in found for number in line.split("=")[1].split(",")}


def test_the_power_led_is_lit_before_linux_and_no_other() -> None:
    assert pins("op,dh") == {PINS["leds"]["power"]}
    assert pins("op,dl") == set(PINS["leds"].values()) - {PINS["leds"]["power"]}


def test_the_buttons_are_pulled_up() -> None:
    assert pins("ip,pu") == set(PINS["buttons"].values())


def test_no_line_is_longer_than_the_firmware_reads() -> None:
    assert [line for line in LINES + GADGET_LINES if len(line) > 98] == []


def test_the_last_section_is_for_every_board() -> None:
    for lines in (LINES, GADGET_LINES):
        assert [line for line in lines if line.startswith("[")][-1] == "[all]"
    assert next(line for line in LINES if line.startswith("[")) == "[all]"


def section(lines: list[str], board: str) -> list[str]:
    """What a board is told that is not told to every board."""
    after = lines[lines.index(board) + 1 :] if board in lines else []
    return after[: next((i for i, line in enumerate(after) if line.startswith("[")), 0)]


@pytest.mark.parametrize("board", ["[pi4]", "[pi5]"])
def test_a_socket_that_powers_the_board_is_a_network_card_besides(board: str) -> None:
    assert GADGET in section(LINES, board)
    assert section(GADGET_LINES, board) == []


@pytest.mark.parametrize("board", ["[pi02]", "[board-type=0x0e]"])
def test_an_only_port_takes_a_bluetooth_adapter_unless_somebody_wants_the_gadget(board: str) -> None:
    assert not any("dwc2" in line for line in section(LINES, board))
    assert GADGET in section(GADGET_LINES, board)
    defaults = (ROOT / "ansible" / "roles" / "firmware" / "defaults" / "main.yml").read_text()
    assert "firmware_usb: host" in defaults.splitlines()


def test_every_overlay_of_ours_is_there() -> None:
    named = {line.removeprefix("dtoverlay=") for line in LINES if line.startswith("dtoverlay=limen-")}
    assert named == {path.stem for path in OVERLAYS}


@pytest.mark.parametrize("source", OVERLAYS, ids=lambda path: path.stem)
def test_the_compiler_takes_the_overlay_without_a_warning(tools, source: Path) -> None:
    tools("dtc")
    command = ["dtc", "--symbols", "--in-format=dts", "--out-format=dtb", "--out=/dev/null", str(source)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stderr == ""


MakeCard = Callable[[int], str]


@pytest.fixture
def blank_card(tools, loop_device: MakeCard) -> MakeCard:
    """Makes a card of so many MiB, with the two partitions of a fresh image of Raspberry Pi OS."""
    tools("sfdisk", "mke2fs", "partx", "resize2fs")

    def make(mib: int) -> str:
        card = loop_device(mib)
        layout = "label: dos\nsize=64MiB, type=c\nsize=128MiB, type=83\n"
        subprocess.run(["sfdisk", "--quiet", card], input=layout, text=True, check=True, capture_output=True)
        subprocess.run(["partx", "--update", card], check=True)
        for number in (1, 2):
            subprocess.run(["mke2fs", "-q", "-t", "ext4", f"{card}p{number}"], check=True, capture_output=True)
        return card

    return make


def mib_of(device: str) -> int:
    done = subprocess.run(["blockdev", "--getsize64", device], capture_output=True, check=True)
    return int(done.stdout) >> 20


def test_a_card_is_laid_out_once_and_only_a_fresh_one(blank_card: MakeCard, tmp_path: Path) -> None:
    card, boot = blank_card(7000), tmp_path / "boot"
    boot.mkdir()
    subprocess.run(["mount", f"{card}p1", boot], check=True)
    (boot / "cmdline.txt").write_text("console=tty1 root=PARTUUID=1-02 rootwait resize quiet\n")
    subprocess.run(["umount", boot], check=True)

    command = [FIRMWARE / "prepare-card", card, "512"]
    subprocess.run(command, check=True, capture_output=True)
    label = subprocess.run(
        ["blkid", "-p", "-o", "value", "-s", "LABEL", f"{card}p3"], capture_output=True, text=True
    )
    assert label.stdout.strip() == "limen-data"
    assert mib_of(f"{card}p2") > 4096
    assert 512 <= mib_of(f"{card}p3") < 516
    subprocess.run(["mount", f"{card}p1", boot], check=True)
    left = (boot / "cmdline.txt").read_text()
    subprocess.run(["umount", boot], check=True)
    assert left == "console=tty1 root=PARTUUID=1-02 rootwait quiet\n"

    again = subprocess.run(command, capture_output=True, text=True)
    assert again.returncode == 1
    assert "write the image to it first" in again.stderr


@pytest.mark.parametrize(("card_mib", "root_mib"), [(7600, 4096), (15200, 7600), (30400, 8192)])
def test_what_the_root_does_not_need_is_for_sessions(blank_card: MakeCard, card_mib: int, root_mib: int) -> None:
    card = blank_card(card_mib)
    subprocess.run([FIRMWARE / "prepare-card", card], check=True, capture_output=True)
    assert root_mib <= mib_of(f"{card}p2") <= root_mib + 4
    assert mib_of(f"{card}p3") == pytest.approx(card_mib - root_mib - 64, abs=8)


def test_a_card_that_is_too_small_stays_as_it_is(blank_card: MakeCard) -> None:
    card = blank_card(5000)
    done = subprocess.run([FIRMWARE / "prepare-card", card], capture_output=True, text=True)
    assert done.returncode == 1
    assert "take a card of 8 GB or more" in done.stderr
    assert mib_of(f"{card}p2") == 128


def test_prepare_card_touches_nothing_that_is_no_card(tmp_path: Path) -> None:
    plain = tmp_path / "file"
    plain.write_text("precious")
    done = subprocess.run([FIRMWARE / "prepare-card", plain], capture_output=True, text=True)
    assert done.returncode == 1
    assert plain.read_text() == "precious"
