"""A small figure in SVG: some lines over a few named points, readable on light and dark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 640, 300, 56, 36, 24, 48
COLOURS = ("#2f7ed8", "#d9822b", "#3a9d5d")
INK = "#808080"


def figure(points: Sequence[float], lines: Mapping[str, Sequence[float]], capacity: float) -> str:
    """Draw each line over `points`, which are multiples of `capacity`, a dashed line."""
    top = 1.25 * max(capacity, *(value for line in lines.values() for value in line))
    step = (WIDTH - LEFT - RIGHT) / (len(points) - 1)

    def x(index: int) -> float:
        return LEFT + index * step

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM)

    parts = [
        _text(WIDTH / 2, HEIGHT - 10, "offered load, in multiples of the capacity"),
        _text(LEFT, TOP - 16, "good answers a second", anchor="start"),
        _rule(y(capacity), f"{capacity:g}", dashed=True),
        _rule(y(0), "0"),
        *(_text(x(i), HEIGHT - BOTTOM + 18, f"{point:g}") for i, point in enumerate(points)),
    ]
    for number, (name, line) in enumerate(lines.items()):
        colour = COLOURS[number % len(COLOURS)]
        path = " ".join(f"{x(i):.1f},{y(value):.1f}" for i, value in enumerate(line))
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        place = WIDTH - RIGHT - 90 * (len(lines) - number - 1)
        parts.append(_text(place, TOP - 16, name, anchor="end", colour=colour))
    label = escape(", ".join(lines))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="Goodput of {label}" font-family="sans-serif" font-size="13">\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _text(x: float, y: float, text: str, *, anchor: str = "middle", colour: str = INK) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{text}</text>'


def _rule(y: float, label: str, *, dashed: bool = False) -> str:
    dash = ' stroke-dasharray="4 4"' if dashed else ""
    end = WIDTH - RIGHT
    line = f'<line x1="{LEFT}" x2="{end}" y1="{y:.1f}" y2="{y:.1f}" stroke="{INK}"{dash}/>'
    return line + _text(LEFT - 8, y + 4, label, anchor="end")
