"""Small histograms without axes: their ends are written below them, each bar says what it is when pointed at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from engine.page.ink import ACTUAL, LINE, MARK
from engine.page.vector import canvas, markup, shape, title

WIDTH, HEIGHT = 240.0, 48.0


@dataclass(frozen=True, slots=True)
class Part:
    """One bar: its share of the rows, what it says, and after a run the share that is actual."""

    share: float
    told: str
    actual: float | None = None


def histogram(parts: Sequence[Part]) -> Markup:
    """Draw bars as high as their shares; what is actual is a line of steps over them."""
    most = max([*(p.share for p in parts), *(p.actual or 0 for p in parts)]) or 1
    step = WIDTH / len(parts)
    picture = canvas(WIDTH, HEIGHT + 1)
    highs = [HEIGHT * part.share / most for part in parts]
    bars = [f"M{n * step + 0.5:.1f} {HEIGHT:.0f}v{-high:.1f}h{step - 1:.1f}v{high:.1f}" for n, high in enumerate(highs)]
    shape(picture, "path", {"d": "".join(bars), "fill": MARK})
    found = [(n, HEIGHT - HEIGHT * p.actual / most) for n, p in enumerate(parts) if p.actual is not None]
    if found:
        steps = "L".join(f"{n * step:.1f} {top:.1f}h{step:.1f}" for n, top in found)
        shape(picture, "path", {"d": f"M{steps}", "fill": "none", "stroke": ACTUAL, "stroke-width": 1.6})
    shape(picture, "path", {"d": f"M0 {HEIGHT + 0.5}h{WIDTH:.0f}", "stroke": LINE})
    for number, part in enumerate(parts):
        d = f"M{number * step:.0f} 0h{step:.0f}v{HEIGHT:.0f}h-{step:.0f}"
        title(shape(picture, "path", {"d": d, "opacity": "0"}), part.told)
    return markup(picture)
