"""SVG as a tree: drawn by us, or taken over from a drawing program element by element, against a list."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree import ElementTree as ET

from markupsafe import Markup

from engine.page.ink import NAMES

Element = ET.Element
_SPACE = "{http://www.w3.org/2000/svg}"
_ELEMENTS = frozenset({"svg", "g", "path", "rect", "line", "text", "circle", "defs", "clipPath"})
_SHAPE = {"d", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "width", "height", "viewBox", "transform"}
_PAINT = {"fill", "stroke", "stroke-width", "stroke-dasharray", "opacity", "fill-opacity", "stroke-opacity"}
_TEXT = {"text-anchor", "font-size", "font-weight"}
_ATTRIBUTES = frozenset(_SHAPE | _PAINT | _TEXT)
_IDLE = {("opacity", "1"), ("transform", "translate(0,0)")}
_SPUN = re.compile(r"-?\d+\.\d{2,}")
_DRAWS = re.compile(r"[1-9]")
"""A path without any number but 0 draws nothing."""


def adopt(drawing: str) -> Element:
    """The shapes and texts of an SVG, in the page's colours; whatever is not on the list is left out.

    What a mark says of itself (`aria-label`) becomes its title, which browsers show when it is pointed at.
    """
    found = _adopted(ET.fromstring(drawing))  # noqa: S314 - written by our own drawing program, without a DOCTYPE
    assert found is not None
    return found


def _adopted(element: Element) -> Element | None:
    name = element.tag.removeprefix(_SPACE)
    if name not in _ELEMENTS or element.get("display") == "none":
        return None
    mine = Element(
        name, {k: _brief(k, v) for k, v in element.attrib.items() if k in _ATTRIBUTES and (k, v) not in _IDLE}
    )
    if name == "text":
        mine.text = element.text
    told = element.get("aria-label")
    if told and element.get("role") == "graphics-symbol":
        title(mine, told)
    mine.extend(child for child in map(_adopted, element) if child is not None)
    idle = (name == "g" and not len(mine)) or (name == "path" and not _DRAWS.search(mine.get("d", "")))
    return None if idle else mine


def _brief(attribute: str, value: str) -> str:
    """A colour of the page, or a shape to a tenth of a pixel."""
    return _SPUN.sub(_tenth, value) if attribute in _SHAPE else paint(value)


def _tenth(number: re.Match[str]) -> str:
    return f"{float(number[0]):.1f}".removesuffix(".0")


def paint(value: str) -> str:
    """A colour as the variable of the page's style that stands for it; anything else as it is."""
    return f"var(--{NAMES[value]})" if value in NAMES else value


def title(element: Element, text: str) -> None:
    """Give an element what is shown when it is pointed at."""
    ET.SubElement(element, "title").text = text


def shape(parent: Element, name: str, attributes: Mapping[str, object], text: str | None = None) -> Element:
    """Draw one element into another; numbers are written to a tenth."""
    made = ET.SubElement(parent, name, {k: _written(v) for k, v in attributes.items()})
    made.text = text
    return made


def _written(value: object) -> str:
    return paint(value) if isinstance(value, str) else f"{value:.1f}".removesuffix(".0")


def canvas(width: float, height: float) -> Element:
    """An empty drawing of so many pixels."""
    size = {"width": f"{width:.0f}", "height": f"{height:.0f}"}
    return Element("svg", {**size, "viewBox": f"0 0 {width:.0f} {height:.0f}"})


def markup(drawing: Element) -> Markup:
    """A drawing as it stands in a page: its texts and attributes are escaped."""
    return Markup(ET.tostring(drawing, encoding="unicode"))  # noqa: S704 - ElementTree escapes
