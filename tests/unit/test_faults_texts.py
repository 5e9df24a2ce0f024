"""Spoiled texts, each beside its slow and obvious twin."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.faults.texts import WAYS, SpoiledText, head
from tests.rows import FakeRows

TWINS = {
    "utf8_as_latin1": lambda text: marked(text, text.encode().decode("latin-1"), "\xef\xbb\xbf"),
    "question_marks": lambda text: marked(text, "".join(c if c.isascii() else "?" for c in text), "?"),
    "replacement_characters": lambda text: marked(
        text, "".join(c if c.isascii() else "\ufffd" for c in text), "\ufffd"
    ),
    "truncated": lambda text: text[: (len(text) + 1) // 2],
    "whitespace": lambda text: f" {text} ",
    "control_characters": lambda text: text[: (len(text) + 1) // 2] + "\v" + text[(len(text) + 1) // 2 :],
}
TEXTS = st.lists(st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12), max_size=20)


def marked(text: str, spoiled: str, mark: str) -> str:
    return mark + text if text and spoiled == text else spoiled


@pytest.mark.parametrize("how", TWINS)
@given(texts=TEXTS, room=st.none() | st.integers(1, 15))
def test_a_column_is_spoiled_as_each_of_its_texts_is(how: str, texts: list[str | None], room: int | None):
    column = pa.array(["before", *texts, "after"], pa.string()).slice(1, len(texts))
    found = SpoiledText(("name",), how, room).values(FakeRows.of(len(texts), name=column))
    assert found.to_pylist() == [None if text is None else TWINS[how](text)[:room] for text in texts]
    assert found.type == pa.string()


@given(texts=TEXTS)
def test_the_wrong_encoding_changes_every_text_that_is_not_empty(texts: list[str | None]):
    column = pa.array(texts, pa.string())
    for how in ("utf8_as_latin1", "replacement_characters"):
        found = SpoiledText(("name",), how, None).values(FakeRows.of(len(texts), name=column)).to_pylist()
        kept = [text for text, other in zip(texts, found, strict=True) if text == other and text]
        assert not [text for text in kept if "\ufffd" not in text]


@pytest.mark.parametrize(("how", "expected"), [("upper_case", "MÜLLER & CO"), ("lower_case", "müller & co")])
def test_a_text_is_all_in_one_case(how: str, expected: str):
    assert WAYS[how](pa.array(["Müller & Co"])).to_pylist() == [expected]


@given(texts=st.lists(st.tuples(st.text(max_size=9), st.integers(0, 10)), min_size=1))
def test_the_head_of_a_text_is_counted_in_characters(texts: list[tuple[str, int]]):
    column = pa.array([text for text, _ in texts])
    lengths = pa.array([length for _, length in texts]).to_numpy()
    assert head(column, lengths).to_pylist() == [text[:length] for text, length in texts]
