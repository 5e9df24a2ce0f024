"""YAML as we read it: scalars, keys, places, and the limits that keep strangers' texts small."""

from __future__ import annotations

import json

import pytest

from engine.errors import Code, Location, SpecError
from engine.spec.compose import MAX_NODES
from engine.spec.source import Source, read_source


def read(text: str | bytes) -> Source:
    source, found = read_source(text, file="s.yaml")
    assert found == ()
    return source


def refused(text: str | bytes) -> list[str]:
    try:
        _, found = read_source(text, file="s.yaml")
    except SpecError as error:
        found = error.diagnostics
    return [d.code for d in found]


@pytest.mark.parametrize(
    "text", ["on", "no", "yes", "off", "14:05", "010", "2025-11-01", "1.2.3", ".inf", ".nan", "0b1", "1__0", "_1", "4h"]
)
def test_what_is_no_number_or_word_of_yaml_stays_the_text_that_was_written(text: str):
    assert read(f"a: {text}").data == {"a": text}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1_000_000", 1_000_000),
        ("-7", -7),
        ("+7", 7),
        ("0x1F", 31),
        ("0o17", 15),
        ("1e3", 1000.0),
        ("1_000.5", 1000.5),
        (".5", 0.5),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("'true'", "true"),
        ('"1"', "1"),
        ("|\n  12\n", "12\n"),
    ],
)
def test_numbers_words_and_quotes_mean_what_yaml_1_2_says(text: str, value: object):
    found = read(f"a: {text}").data
    assert found == {"a": value}
    assert type(found["a"]) is type(value)


def test_a_key_called_on_is_text():
    assert read("on: 1\nno: 2").data == {"on": 1, "no": 2}


def test_a_choice_keeps_the_types_of_its_keys():
    assert read("choice: {0: 20, true: 3, 1.5: 2, null: 1, '7': 9}").data == {
        "choice": {0: 20, True: 3, 1.5: 2, None: 1, "7": 9}
    }


def test_json_means_the_same_as_yaml():
    data = {"a": [1, 2.5, True, None, "x/y", "\u00fc\U0001f600"], "b": {"c": "on", "d": {}}}
    for text in (json.dumps(data), json.dumps(data, indent="\t"), json.dumps(data, indent=2, ensure_ascii=False)):
        assert read(text).data == data


def test_an_escaped_slash_of_json_is_a_slash():
    assert read(r'{"a": "shop\/orders"}').data == {"a": "shop/orders"}


def test_bytes_with_a_byte_order_mark_are_read():
    assert read(b"\xef\xbb\xbfa: 1").data == {"a": 1}


def test_every_value_keeps_its_place():
    source = read("a: 1\nb:\n  c: [x, {d: 2}]\n")
    assert source.locate(("a",)) == Location("s.yaml", 1, 4)
    assert source.locate(("a",), key=True) == Location("s.yaml", 1, 1)
    assert source.locate(("b", "c", 0)) == Location("s.yaml", 3, 7)
    assert source.locate(("b", "c", 1, "d")) == Location("s.yaml", 3, 14)


def test_a_mapping_is_placed_at_its_key():
    assert read("b:\n  c: 1").locate(("b",)) == Location("s.yaml", 1, 1)


def test_elements_that_are_not_in_the_text_are_skipped():
    source = read("columns:\n  price: {lognormal: {median: 3}}")
    path = ("columns", "price", "generator", "<lognormal>", "lognormal", "median")
    assert source.real(path) == ("columns", "price", "lognormal", "median")
    assert source.locate(path) == Location("s.yaml", 2, 31)


def test_what_is_missing_is_placed_at_what_lacks_it():
    assert read("a:\n  b: {c: 1}").locate(("a", "b", "zz")) == Location("s.yaml", 2, 3)


def test_a_number_counts_the_entries_of_a_choice():
    source = read("choice: {a: 1, b: 2}")
    assert source.locate(("choice", 1, "weight")) == Location("s.yaml", 1, 19)


def test_an_alias_is_data_twice_and_placed_where_it_was_written():
    source = read("a: &x {k: 1}\nb: *x")
    assert source.data == {"a": {"k": 1}, "b": {"k": 1}}
    assert source.locate(("b", "k")) == Location("s.yaml", 1, 11)


def test_recoverable_mistakes_are_all_found():
    assert refused("a: !!str 1\nb: {{ x }}\nb: 2\n<<: {c: 1}\n5: 6\n'd': 1e999") == [
        Code.YAML_UNSUPPORTED,
        Code.YAML_BARE_TEMPLATE,
        Code.YAML_DUPLICATE_KEY,
        Code.YAML_UNSUPPORTED,
        Code.YAML_UNSUPPORTED,
        Code.OUT_OF_RANGE,
    ]


def test_a_quoted_merge_key_is_a_key():
    assert read("'<<': 1").data == {"<<": 1}


def test_an_alias_bomb_is_refused_before_it_is_unfolded():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    assert refused("\n".join(lines)) == [Code.YAML_TOO_BIG]


def test_aliases_that_nest_count_by_their_depth():
    lines = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 80)]
    assert refused("\n".join(lines)) == [Code.YAML_TOO_BIG]


@pytest.mark.parametrize("text", ["[" * 5_000, "{a: " * 5_000, "- " * 5_000, "? " * 5_000])
def test_deep_nesting_is_refused(text: str):
    assert refused(text) == [Code.YAML_TOO_BIG]


def test_too_many_values_are_refused():
    assert refused("{a: [" + "1," * (MAX_NODES - 10) + "]}") == []
    assert refused("{a: [" + "1," * MAX_NODES + "]}") == [Code.YAML_TOO_BIG]


@pytest.mark.parametrize("unit", ["a", "\u00fc", "[", "- ", "&a ", "{{ x }}"])
def test_fifty_megabytes_are_refused_unread(unit: str):
    text = unit * (50_000_000 // len(unit.encode()))
    assert refused(text) == [Code.YAML_TOO_BIG]
    assert refused(text.encode()) == [Code.YAML_TOO_BIG]


@pytest.mark.parametrize(
    "text", ["a: \x00", b"a: \x00", "a: \x1b[0m", "a: \ud800", b"a: \xff", "a: x".encode("utf-16")]
)
def test_control_characters_and_other_encodings_are_refused(text: str | bytes):
    assert refused(text) == [Code.YAML_ENCODING]
