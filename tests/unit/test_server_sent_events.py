"""The parser of server-sent events, whatever the network makes of a stream."""

from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st

from engine.remote.events import Event, parsed

words = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp"), blacklist_characters="\x85"), max_size=20)
events = st.lists(st.builds(Event, words.map(str.strip), st.just("progress"), words.filter(bool)), max_size=6)


def written(made: list[Event]) -> str:
    lines = [f"id: {one.id}\nevent: {one.name}\ndata: {one.data}\n\n: still here\n\n" for one in made]
    return "".join(lines)


@given(events, st.integers(0, 10_000))
def test_a_stream_that_is_cut_gives_the_events_before_the_cut(made: list[Event], cut: int):
    text = written(made)
    found = list(parsed(io.StringIO(text[: cut % (len(text) + 1)], newline="\n")))
    assert found == made[: len(found)]
    assert list(parsed(io.StringIO(text, newline="\n"))) == made


def test_several_lines_of_data_are_one_text_and_a_comment_is_nothing():
    assert list(parsed([": hello", "data: a", "data:b", "", "", "event: x", "", "data: c", ""])) == [
        Event("", "message", "a\nb"),
        Event("", "message", "c"),
    ]


def test_an_id_holds_until_the_next():
    found = list(parsed(["id: 7", "data: a", "", "data: b", ""]))
    assert [one.id for one in found] == ["7", "7"]
