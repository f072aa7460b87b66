"""Draws what follows from tables, so that drawing and behaviour cannot part.

    python -m tools.draw [FOLDER]

Writes below FOLDER (the repository by default); a test draws into an empty one and compares.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tools.draw.card import card
from tools.draw.panel_page import panel_page
from tools.draw.wiring import wiring_page, wiring_svg

DRAWINGS = {
    "docs/panel.md": panel_page,
    "docs/card.svg": card,
    "firmware/wiring.md": wiring_page,
    "firmware/wiring.svg": wiring_svg,
}


def main() -> None:
    """Draw all of them."""
    folder = Path(sys.argv[1]) if sys.argv[1:] else Path(__file__).resolve().parents[2]
    for name, draw in DRAWINGS.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(draw(), encoding="utf-8")


main()
