"""Vega-Lite to pixels and shapes: the only module that knows the drawing program, which may reach nothing outside."""

from __future__ import annotations

import vl_convert
from markupsafe import Markup

from engine.page import ink
from engine.page.charts import CONFIG, Spec
from engine.page.packed import packed
from engine.page.vector import adopt, markup

NOWHERE: list[str] = []
"""The addresses from which a drawing may load data or images."""
SCALE = 2.0


def draw(chart: Spec) -> Markup:
    """A chart as SVG in the colours of the page."""
    drawing = vl_convert.vegalite_to_svg(chart, config=CONFIG, allowed_base_urls=NOWHERE)
    return markup(adopt(drawing))


def png(chart: Spec) -> bytes:
    """A chart as a picture on white paper, so many pixels to a point."""
    config = {**CONFIG, "background": ink.PAPER}
    found: bytes = vl_convert.vegalite_to_png(chart, config=config, scale=SCALE, allowed_base_urls=NOWHERE)
    return packed(found)
