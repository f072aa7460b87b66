"""`limen label`: the Wi-Fi label that goes on the box, as a drawing to print and as a QR code in the terminal.

The passphrase comes from a file, never from the command line, where every user of the machine could read it.
"""

from __future__ import annotations

import argparse
import os
import stat
import sys
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Final

from limen.errors import UsageError

if TYPE_CHECKING:
    from segno import QRCode

NAME: Final = "label"
HELP: Final = "the Wi-Fi label with its QR code"
UNIT_LABEL: Final = Path("/etc/limen/label.yaml")

# IEEE 802.11: a network's name is 1 to 32 bytes; WPA2: a passphrase is 8 to 63 printable ASCII characters.
MOST_SSID_BYTES: Final = 32
PASSPHRASE_LENGTHS: Final = range(8, 64)

# What phones take for a separator; segno's own Wi-Fi helper leaves the comma as it is.
ESCAPED: Final = str.maketrans({character: f"\\{character}" for character in '\\;,:"'})

# A label of 62 mm, a common width of label rolls. ISO/IEC 18004 wants 4 modules of quiet zone.
WIDTH_MM: Final = 62.0
HEIGHT_MM: Final = 29.0
QR_MM: Final = 27.0
QUIET_MODULES: Final = 4
TEXT_X_MM: Final = 29.0
GROUP: Final = 4


@dataclass(frozen=True, slots=True)
class Label:
    """What a laptop or phone needs to join."""

    ssid: str
    passphrase: str

    def __post_init__(self) -> None:
        """Refuse what no access point could use. Raises UsageError."""
        if not 1 <= len(self.ssid.encode()) <= MOST_SSID_BYTES:
            raise UsageError(f"limen label: the network's name has to be 1 to 32 bytes long, not {self.ssid!r}")
        printable = self.passphrase.isascii() and self.passphrase.isprintable()
        if len(self.passphrase) not in PASSPHRASE_LENGTHS or not printable:
            raise UsageError("limen label: a WPA2 passphrase has to be 8 to 63 printable ASCII characters")

    @property
    def code(self) -> QRCode:
        """The QR code that a phone's camera joins by."""
        import segno  # noqa: PLC0415  (only labels need it)

        ssid, passphrase = (text.translate(ESCAPED) for text in (self.ssid, self.passphrase))
        return segno.make(f"WIFI:T:WPA;S:{ssid};P:{passphrase};;", error="m", micro=False)

    @property
    def grouped(self) -> str:
        """The passphrase in groups of four for the eye; the spaces are not typed."""
        return " ".join(self.passphrase[at : at + GROUP] for at in range(0, len(self.passphrase), GROUP))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare where the label is read from and where its drawing goes."""
    parser.add_argument(
        "--file", type=Path, default=UNIT_LABEL, help=f"a unit's label, with ssid and passphrase ({UNIT_LABEL})"
    )
    parser.add_argument("--ssid", help="the network's name, together with --passphrase-file")
    parser.add_argument("--passphrase-file", metavar="FILE", type=Path, help="a file that holds the passphrase")
    parser.add_argument("--svg", metavar="FILE", type=Path, help="write the label as a drawing of 62 by 29 mm")


def run(args: argparse.Namespace) -> int:
    """Print the label in the terminal, or write it to --svg with a mode of 0600."""
    if (args.ssid is None) != (args.passphrase_file is None):
        raise UsageError("limen label: --ssid and --passphrase-file go together; give both or neither")
    label = _of_file(args.file) if args.ssid is None else Label(args.ssid, _secret(args.passphrase_file).strip())
    if args.svg is not None:
        _write_private(args.svg, svg(label))
        return 0
    label.code.terminal(sys.stdout, compact=True)
    print(f"Wi-Fi     {label.ssid}\npassword  {label.grouped}   (without the spaces)")
    return 0


def svg(label: Label) -> str:
    """The label as SVG, 62 by 29 mm: the QR code on the left, what a person types on the right."""
    code = label.code
    modules = len(code.matrix) + 2 * QUIET_MODULES
    squares = "".join(
        f"M{x + QUIET_MODULES} {y + QUIET_MODULES}h1v1h-1z"
        for y, row in enumerate(code.matrix)
        for x, dark in enumerate(row)
        if dark
    )
    lines = [("Wi-Fi", 2.2, 6.5), (label.ssid, 4.2, 11.0), ("password (no spaces)", 2.2, 16.5)]
    # Two groups to a line: a line of the longest passphrase still fits the width.
    groups = label.grouped.split(" ")
    pairs = [" ".join(groups[at : at + 2]) for at in range(0, len(groups), 2)]
    step = min(4.8, 12.0 / len(pairs))
    lines += [(pair, step * 0.85, 16.5 + step * number) for number, pair in enumerate(pairs, start=1)]
    texts = "".join(
        f'<text x="{TEXT_X_MM}" y="{y:.2f}" font-size="{size:.2f}">{escape(text)}</text>' for text, size, y in lines
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH_MM}mm" height="{HEIGHT_MM}mm" '
        f'viewBox="0 0 {WIDTH_MM} {HEIGHT_MM}"><rect width="100%" height="100%" fill="#fff"/>'
        f'<path transform="translate(1 1) scale({QR_MM / modules:.6f})" shape-rendering="crispEdges" '
        f'd="{squares}"/>'
        f'<g font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" xml:space="preserve">{texts}</g></svg>\n'
    )


def _of_file(path: Path) -> Label:
    import yaml  # noqa: PLC0415  (not needed with --ssid)

    text = _secret(path)
    try:
        entries = yaml.safe_load(text)
        return Label(str(entries["ssid"]), str(entries["passphrase"]))
    except (yaml.YAMLError, KeyError, TypeError):
        raise UsageError(f"{path}: not a label; it has to hold the two keys ssid and passphrase") from None


def _secret(path: Path) -> str:
    try:
        if path.stat().st_mode & stat.S_IROTH:
            raise UsageError(f"{path}: every user of this machine can read it; chmod o-r it first")
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}; run as root, or name another file") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path}: not text in UTF-8; name the file that holds the passphrase") from None


def _write_private(path: Path, text: str) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}; name a file in a folder that can be written") from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        os.fchmod(out.fileno(), 0o600)
        out.write(text)
