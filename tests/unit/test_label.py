"""The Wi-Fi label, read back by a decoder that nobody here wrote."""

import stat
import subprocess
from pathlib import Path

import pytest

from limen.cli import main
from limen.cli.label import Label, svg
from limen.errors import UsageError

SSID, PASSPHRASE = "limen-k7qm", "abcdefgh23456789"


@pytest.fixture
def decode(tools, tmp_path: Path):
    """What a phone's camera would make of an SVG."""
    tools("rsvg-convert", "zbarimg")

    def read(drawing: str) -> str:
        picture, png = tmp_path / "label.svg", tmp_path / "label.png"
        picture.write_text(drawing)
        subprocess.run(["rsvg-convert", "--dpi-x=300", "--dpi-y=300", "-o", png, picture], check=True)
        return subprocess.run(
            ["zbarimg", "--quiet", "--raw", png], check=True, capture_output=True, text=True
        ).stdout

    return read


def test_a_phone_reads_the_label(decode) -> None:
    assert decode(svg(Label(SSID, PASSPHRASE))) == f"WIFI:T:WPA;S:{SSID};P:{PASSPHRASE};;\n"


def test_characters_with_a_meaning_are_escaped(decode) -> None:
    assert decode(svg(Label('a;b"c', "p\\q,r:s;tu"))) == 'WIFI:T:WPA;S:a\\;b\\"c;P:p\\\\q\\,r\\:s\\;tu;;\n'


def test_the_longest_network_is_still_read(decode) -> None:
    assert decode(svg(Label("n" * 32, "p" * 63))) == f"WIFI:T:WPA;S:{'n' * 32};P:{'p' * 63};;\n"


def test_a_person_reads_it_too() -> None:
    drawing = svg(Label(SSID, PASSPHRASE))
    assert SSID in drawing
    assert "abcd efgh" in drawing
    assert "2345 6789" in drawing


def test_the_drawing_cannot_be_read_by_others(tmp_path: Path, label_file: Path) -> None:
    out = tmp_path / "label.svg"
    out.touch(mode=0o644)
    assert main(["label", "--file", str(label_file), "--svg", str(out)]) == 0
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


def test_the_terminal_shows_the_name_and_the_passphrase(
    label_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["label", "--file", str(label_file)]) == 0
    shown = capsys.readouterr().out
    assert SSID in shown
    assert "abcd efgh 2345 6789" in shown


def test_the_passphrase_comes_from_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    secret = tmp_path / "passphrase"
    secret.write_text(PASSPHRASE + "\n")
    secret.chmod(0o600)
    assert main(["label", "--ssid", SSID, "--passphrase-file", str(secret)]) == 0
    assert "abcd efgh 2345 6789" in capsys.readouterr().out


def test_a_label_that_everybody_can_read_is_refused(label_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    label_file.chmod(0o644)
    assert main(["label", "--file", str(label_file)]) == 2
    assert "chmod" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "ssid: only", "- a\n- list", "{", "\x00"])
def test_what_is_no_label_is_said_in_one_line(
    text: str, label_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    label_file.write_text(text)
    assert main(["label", "--file", str(label_file)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_name_without_a_passphrase_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["label", "--ssid", SSID]) == 2
    assert "--passphrase-file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("ssid", "passphrase"),
    [("", PASSPHRASE), ("ü" * 17, PASSPHRASE), (SSID, "short"), (SSID, "x" * 64), (SSID, "tab\tinside")],
)
def test_what_no_access_point_could_use_is_refused(ssid: str, passphrase: str) -> None:
    with pytest.raises(UsageError):
        Label(ssid, passphrase)


def test_the_error_does_not_print_the_passphrase() -> None:
    with pytest.raises(UsageError) as caught:
        Label(SSID, "a secret that is much longer than the sixty-three characters allowed")
    assert "secret" not in str(caught.value)


@pytest.fixture
def label_file(tmp_path: Path) -> Path:
    path = tmp_path / "label.yaml"
    path.write_text(f"ssid: {SSID}\npassphrase: {PASSPHRASE}\n")
    path.chmod(0o600)
    return path
