"""Layered drawings: whatever the nodes and edges, lines lead down, boxes never meet, and names are only names."""

from __future__ import annotations

import re
from itertools import combinations
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from engine.page.diagram import NODE_HEIGHT, Edge, Node, diagram


def boxes(drawing: str) -> dict[str, tuple[float, float, float]]:
    """The left edge, the upper edge and the width of every box, by the name inside."""
    found = {}
    for group in ET.fromstring(drawing).iter("g"):
        rect, text = group.find("rect"), group.find("title")
        assert rect is not None
        assert text is not None
        name = (text.text or "").splitlines()[0]
        found[name] = float(rect.attrib["x"]), float(rect.attrib["y"]), float(rect.attrib["width"])
    return found


def draw(*pairs: str, nodes: str = "") -> dict[str, tuple[float, float, float]]:
    """A drawing of edges like ``"ab"``: from a to b."""
    names = dict.fromkeys(nodes + "".join(pairs))
    return boxes(diagram([Node(n, n) for n in names], [Edge(a, b) for a, b in pairs]))


def test_what_comes_from_another_stands_below_it():
    found = draw("ab", "bc", "ac")
    assert found["a"][1] < found["b"][1] < found["c"][1]


def test_a_circle_is_opened_where_it_closes():
    found = draw("ab", "bc", "ca")
    assert found["a"][1] < found["b"][1] < found["c"][1]


def test_a_node_may_lead_to_itself():
    drawing = diagram([Node("a", "a")], [Edge("a", "a", "again, 10 %")])
    assert "again, 10 %" in drawing
    assert "↻" in drawing


def test_what_is_written_on_a_line_stands_between_its_ends():
    drawing = diagram([Node("a", "a"), Node("b", "b")], [Edge("a", "b", written="96 %, 4m")])
    (text,) = (t for t in ET.fromstring(drawing).iter("text") if t.text == "96 %, 4m")
    found = boxes(drawing)
    assert found["a"][1] + NODE_HEIGHT < float(text.attrib["y"]) < found["b"][1]


def test_what_is_written_on_lines_never_meets_on_a_circle_or_a_fan():
    pairs = ["ab", "ba", "ac", "ad", "bd", "db", "cd", "ad"]
    edges = [Edge(a, b, written=f"{a}{b}: 96 %, 4 min") for a, b in pairs]
    drawn = ET.fromstring(diagram([Node(n, n) for n in "abcd"], edges))
    words = [t for t in drawn.iter("text") if t.text and "96 %" in t.text]
    assert sorted(t.text or "" for t in words) == sorted(e.written for e in edges)
    for one, other in combinations(words, 2):
        apart = abs(float(one.attrib["x"]) - float(other.attrib["x"]))
        assert one.attrib["y"] != other.attrib["y"] or apart >= 6 * len(one.text or "")
    tops = {top for _, top, _ in boxes(ET.tostring(drawn, encoding="unicode")).values()}
    assert all(abs(float(t.attrib["y"]) - 4 - top - NODE_HEIGHT / 2) > NODE_HEIGHT / 2 for t in words for top in tops)


def test_edges_to_nowhere_are_left_out():
    assert diagram([Node("a", "a")], [Edge("a", "b")]) == diagram([Node("a", "a")], [])


def test_nothing_at_all_can_be_drawn():
    assert diagram([], []).startswith("<svg")


def test_labels_and_names_are_escaped_and_links_stay_on_the_page():
    evil = '"><script>alert(1)</script>'
    nodes = [Node(evil, evil, evil, "javascript:alert(1)"), Node("b", "b", "", "#b")]
    drawing = diagram(nodes, [Edge(evil, "b", evil)])
    assert "<script" not in drawing
    assert "javascript" not in drawing
    assert [a.attrib["href"] for a in ET.fromstring(drawing).iter("a")] == ["#b"]


def test_a_line_that_passes_a_layer_has_a_place_in_it():
    drawing = str(diagram([Node(n, n) for n in "abc"], [Edge("a", "b"), Edge("b", "c"), Edge("a", "c")]))
    long = max(re.findall(r'd="(M[^"]+)"', drawing), key=len)
    found = boxes(drawing)
    passing = float(re.findall(r" (\d+\.\d),", long)[1])
    left, _, width = found["b"]
    assert not left <= passing <= left + width


@given(st.lists(st.tuples(st.integers(0, 14), st.integers(0, 14)), max_size=40))
def test_boxes_never_meet_and_stay_inside(pairs: list[tuple[int, int]]):
    nodes = [Node(str(n), f"node {n}") for n in range(15)]
    edges = [Edge(str(a), str(b)) for a, b in pairs]
    drawing = diagram(nodes, edges)
    assert drawing == diagram(nodes, edges)
    found = boxes(drawing)
    width, height = (float(ET.fromstring(drawing).attrib[side]) for side in ("width", "height"))
    assert len(found) == 15
    for name, (left, top, wide) in found.items():
        assert -0.5 <= left <= width - wide + 0.5
        assert 0 <= top <= height - NODE_HEIGHT
        beside = [other for key, other in found.items() if key != name and other[1] == top]
        assert all(left + wide < x + 0.2 or x + w < left + 0.2 for x, _, w in beside)
