"""How the work grows with rows, quarters, units and cells: a chart made of the proofs, as SVG."""

from __future__ import annotations

import json
import math
from html import escape
from pathlib import Path

PROOF = Path(__file__).resolve().parent.parent / "docs" / "proof"
WIDTH, HEIGHT, LEFT, TOP, BOTTOM, RIGHT = 300, 250, 46, 40, 40, 16
STYLES = {"solid": "", "dashed": ' stroke-dasharray="6 3"', "dotted": ' stroke-dasharray="2 3"'}

Line = tuple[str, list[tuple[float, float]]]


def growth_svg() -> str:
    """Four panels, both axes logarithmic: what grows across, seconds up."""
    etl = json.loads((PROOF / "etl-growth.json").read_text(encoding="utf-8"))["figures"]
    protection = json.loads((PROOF / "protection-growth.json").read_text(encoding="utf-8"))
    panels = [
        (
            what,
            [
                (label, [(point[what], point[f"seconds of {label}"]) for point in etl[what]])
                for label in ("load", "counting")
            ],
        )
        for what in ("rows", "quarters", "units")
    ]
    sizes = protection["figures"].values()
    protect = [(size["cells"], size["protect"]["CPU seconds"]) for size in sizes]
    attack = [(size["cells"], size["audit"]["CPU seconds"]) for size in sizes]
    panels.append(("cells", [("protect", protect), ("attack", attack)]))
    drawn = "".join(
        f'<g transform="translate({place * WIDTH} 0)">{_panel(what, lines)}</g>'
        for place, (what, lines) in enumerate(panels)
    )
    size = f'width="{WIDTH * len(panels)}" height="{HEIGHT}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="11">'
        '<rect width="100%" height="100%" fill="white"/>'
        f"<title>Seconds of load, counting, protection and attack</title>{drawn}</svg>\n"
    )


def _panel(what: str, lines: list[Line]) -> str:
    across = _Axis([x for _, points in lines for x, _ in points], LEFT, WIDTH - RIGHT)
    up = _Axis([y for _, points in lines for _, y in points], HEIGHT - BOTTOM, TOP)
    parts = [f'<text x="{LEFT}" y="14" font-weight="bold">Seconds by {escape(what)}</text>']
    for mark in across.marks():
        x = across.at(mark)
        parts.append(f'<path d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="lightgray"/>')
        parts.append(
            f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 14}" text-anchor="middle">{mark:,g}</text>'
        )
    for mark in up.marks():
        y = up.at(mark)
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="lightgray"/>')
        parts.append(f'<text x="{LEFT - 5}" y="{y + 4:.1f}" text-anchor="end">{mark:,g}</text>')
    for place, ((label, points), style) in enumerate(zip(lines, STYLES.values(), strict=False)):
        path = "L".join(f"{across.at(x):.1f} {up.at(y):.1f}" for x, y in points)
        parts.append(f'<path d="M{path}" fill="none" stroke="black" stroke-width="1.5"{style}/>')
        parts += [
            f'<circle cx="{across.at(x):.1f}" cy="{up.at(y):.1f}" r="2.5"/>' for x, y in points
        ]
        x = LEFT + place * 90
        parts.append(f'<path d="M{x} 28h20" stroke="black" stroke-width="1.5"{style}/>')
        parts.append(f'<text x="{x + 24}" y="32">{escape(label)}</text>')
    return "".join(parts)


class _Axis:
    """A logarithmic axis between whole powers of ten."""

    def __init__(self, values: list[float], begin: float, end: float) -> None:
        self._low = math.floor(math.log10(min(values)))
        self._high = max(math.ceil(math.log10(max(values))), self._low + 1)
        self._begin, self._end = begin, end

    def at(self, value: float) -> float:
        share = (math.log10(value) - self._low) / (self._high - self._low)
        return self._begin + share * (self._end - self._begin)

    def marks(self) -> list[float]:
        return [10.0**power for power in range(self._low, self._high + 1)]
