"""As much SVG as the drawings need; lengths are millimetres."""

from __future__ import annotations

from xml.sax.saxutils import escape

INK = "#1a1a1a"
FAINT = "#b8b8b8"


def picture(width: float, height: float, title: str, parts: list[str]) -> str:
    """Return a whole file."""
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}mm" height="{height}mm" '
            f'viewBox="0 0 {width} {height}" font-family="Helvetica, Arial, sans-serif" fill="{INK}">',
            f"<title>{escape(title)}</title>",
            f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
            *parts,
            "</svg>",
            "",
        ]
    )


def text(x: float, y: float, words: str, size: float = 2.4, *, bold: bool = False, anchor: str = "start") -> str:
    """Return one line of words that stands on `y`."""
    weight = ' font-weight="bold"' if bold else ""
    where = f' text-anchor="{anchor}"' if anchor != "start" else ""
    return f'<text x="{x:g}" y="{y:g}" font-size="{size:g}"{weight}{where}>{escape(words)}</text>'


def box(x: float, y: float, width: float, height: float, fill: str, stroke: str = "none") -> str:
    """Return a rectangle."""
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" fill="{fill}" '
        f'stroke="{stroke}" stroke-width="0.15"/>'
    )


def line(points: list[tuple[float, float]], width: float = 0.3) -> str:
    """Return a line through points."""
    through = " ".join(f"{x:g},{y:g}" for x, y in points)
    return f'<polyline points="{through}" fill="none" stroke="{INK}" stroke-width="{width:g}"/>'


def dot(x: float, y: float, radius: float, fill: str = INK) -> str:
    """Return a circle with a rim."""
    return f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}" fill="{fill}" stroke="{INK}" stroke-width="0.25"/>'
