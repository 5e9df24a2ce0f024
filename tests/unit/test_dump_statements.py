"""Dumps cut into statements, and what is done with each."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from engine.errors import UsageError
from engine.run.dump_rules import Treatment, extension_of, in_known_language, treatment_of, without_others
from engine.run.dump_statements import Statement, cut
from engine.run.dump_text import read_text


@pytest.mark.parametrize(
    "statement",
    [
        "select 1",
        "select 'a;b', 'it''s;', \";\"\"\"",
        "select $$;$$, $x$ $$;$$ ; $x$",
        r"select E'\';', e'\\', 'back\'",
        "select a$b$c, 1 as x$y",
        "select /* ; /* nested; */ */ 1 -- ; not here\n + 2",
        "create rule r as on insert to t do instead (select 1; select 2)",
        "create function f() returns int begin atomic select case when true then 1; end; select 2; end",
        "create or replace procedure p() language sql begin atomic insert into t values (1); end",
        "create function f(a int default (case when true then 1 end)) returns int as $$ begin; end $$ language sql",
        "create table t (\"begin\" int, note text default 'begin; case')",
        "create view v as select case when true then 1 end as x",
        "comment on table t is 'one\ntwo;\nthree'",
        "select U&'d\\0061t;'",
        "select '' ';'",
    ],
)
def test_a_semicolon_ends_a_statement_only_where_it_is_one(statement: str):
    assert [found.text for found in cut(f"{statement};\nselect 'next'\n;\n")] == [statement, "select 'next'"]


def test_comments_and_space_between_statements_are_none_of_them():
    text = "--\n-- one; two\n--\n\n/* ; */ ;; select 1 ; -- after\n\n\n  select 2"
    assert list(cut(text)) == [Statement("select 1", 5), Statement("select 2", 8)]


def test_rows_of_a_copy_are_left_out():
    text = "COPY public.t (a, b) FROM stdin;\n1\tit's;\n\\.\nselect 1;\nCOPY t FROM STDIN WITH (FORMAT csv);\n\\.\n"
    assert [(found.text[:6], found.line) for found in cut(text)] == [("COPY p", 1), ("select", 4), ("COPY t", 5)]


def test_commands_of_psql_are_cut_out_wherever_they_stand():
    text = "\\restrict abc\nselect 1 \\! rm -rf ;\n + 1;\n\\unrestrict abc\nselect '\\! no';"
    found = list(cut(text))
    assert [(s.text, s.is_psqls) for s in found] == [
        ("\\restrict abc", True),
        ("\\! rm -rf ;", True),
        ("select 1 \n + 1", False),
        ("\\unrestrict abc", True),
        ("select '\\! no'", False),
    ]
    assert [s.line for s in found] == [1, 2, 2, 4, 5]


@pytest.mark.parametrize("text", ["select 'x", 'select "x', "select $a$ $b$", "select 1; /* /* */", r"select e'\'"])
def test_what_never_ends_is_refused_with_its_line(text: str):
    with pytest.raises(UsageError, match=r"that begins in line 3 of the dump never ends"):
        list(cut(f"\n\n{text}"))


def test_a_long_quote_that_never_ends_is_refused_at_once():
    with pytest.raises(UsageError, match="never ends"):
        list(cut("select e'" + "a\\" * 100_000 + "a" * 200_000))


def test_the_head_of_a_statement_is_one_short_line():
    assert Statement("create table t (\n  a int)", 1).head == "create table t ("
    assert len(Statement("x" * 500, 1).head) == 101


@pytest.mark.parametrize(
    ("text", "treatment"),
    [
        ("CREATE TABLE public.t (a int)", Treatment.RUN),
        ("create unlogged table t (a int)", Treatment.RUN),
        ("CREATE UNIQUE INDEX i ON t USING btree (a)", Treatment.RUN),
        ("ALTER TABLE ONLY public.t\n    ADD CONSTRAINT x PRIMARY KEY (a)", Treatment.RUN),
        ("CREATE CONSTRAINT TRIGGER x AFTER INSERT ON t EXECUTE FUNCTION f()", Treatment.RUN),
        ("COMMENT ON COLUMN t.a IS 'x'", Treatment.RUN),
        ("SELECT pg_catalog.set_config('search_path', '', false)", Treatment.RUN),
        ("SET search_path = public, pg_catalog", Treatment.RUN),
        ("SELECT * FROM pg_catalog.pg_restore_attribute_stats(\n 'version', 1)", Treatment.STATISTICS),
        ("CREATE EXTENSION IF NOT EXISTS hstore WITH SCHEMA public", Treatment.EXTENSION),
        ('ALTER TABLE public.t OWNER TO "the boss"', Treatment.PASS),
        ("ALTER TYPE public.mood OWNER TO boss", Treatment.PASS),
        ("GRANT SELECT ON t TO x", Treatment.PASS),
        ("SET statement_timeout = 0", Treatment.PASS),
        ("SET SESSION AUTHORIZATION postgres", Treatment.PASS),
        ("SELECT pg_catalog.set_config('statement_timeout', '0', false)", Treatment.PASS),
        ("CREATE POLICY p ON t", Treatment.PASS),
        ("CREATE PUBLICATION p FOR ALL TABLES", Treatment.PASS),
        ("CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f()", Treatment.PASS),
        ("CREATE TRUSTED LANGUAGE plperl", Treatment.PASS),
        ("COMMENT ON EXTENSION hstore IS 'x'", Treatment.PASS),
        ("COPY public.t (a) FROM stdin", Treatment.PASS),
        ("INSERT INTO t VALUES (1)", Treatment.PASS),
        ("DROP TABLE t", Treatment.PASS),
        ("\\restrict abc", Treatment.PASS),
        ("\\connect shop", Treatment.PASS),
        ("\\! touch /tmp/x", Treatment.REFUSE),
        ("\\copy t from program 'id'", Treatment.REFUSE),
        ("\\i other.sql", Treatment.REFUSE),
        ("\\setenv PATH x", Treatment.REFUSE),
        ("DO $$ begin end $$", Treatment.REFUSE),
        ("COPY t TO PROGRAM 'id'", Treatment.REFUSE),
        ("COPY t FROM '/etc/passwd'", Treatment.REFUSE),
        ("SELECT pg_read_file('/etc/passwd')", Treatment.REFUSE),
        ("SELECT pg_catalog.set_config('search_path', (select pg_read_file('x')), false)", Treatment.PASS),
        ("ALTER SYSTEM SET x = y", Treatment.REFUSE),
        ("CALL p()", Treatment.REFUSE),
        ("EXPLAIN ANALYZE SELECT 1", Treatment.REFUSE),
    ],
)
def test_only_what_makes_a_schema_is_run(text: str, treatment: Treatment):
    assert treatment_of(Statement(text, 1)) is treatment


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CREATE EXTENSION hstore", ("hstore", None)),
        ('CREATE EXTENSION IF NOT EXISTS "uuid-ossp" WITH SCHEMA "My""s"', ("uuid-ossp", 'My"s')),
        ("create extension PostGIS schema Geo version '3'", ("postgis", "geo")),
        ("CREATE EXTENSION ';drop'", None),
    ],
)
def test_an_extension_is_known_by_its_name_and_schema(text: str, expected: tuple[str, str | None] | None):
    assert extension_of(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CREATE SCHEMA shop AUTHORIZATION boss", "CREATE SCHEMA shop"),
        ("CREATE MATERIALIZED VIEW v AS SELECT 1\n  WITH DATA", "CREATE MATERIALIZED VIEW v AS SELECT 1\nWITH NO DATA"),
        ("CREATE MATERIALIZED VIEW v AS SELECT 1", "CREATE MATERIALIZED VIEW v AS SELECT 1\nWITH NO DATA"),
        ("CREATE MATERIALIZED VIEW v AS SELECT 1 WITH NO DATA", "CREATE MATERIALIZED VIEW v AS SELECT 1\nWITH NO DATA"),
        ("CREATE TABLE t (a int)", "CREATE TABLE t (a int)"),
    ],
)
def test_a_statement_is_run_without_roles_and_rows_of_others(text: str, expected: str):
    assert without_others(text) == expected


def test_a_function_in_another_language_is_made_in_one_that_is_here():
    text = "CREATE FUNCTION f() RETURNS int\n    LANGUAGE plpython3u\n    AS $$ LANGUAGE $$"
    assert in_known_language(text) == "CREATE FUNCTION f() RETURNS int\n    LANGUAGE plpgsql\n    AS $$ LANGUAGE $$"
    text = "CREATE FUNCTION f(text) RETURNS text\n    LANGUAGE c\n    AS '$libdir/unaccent', 'unaccent_dict'"
    assert in_known_language(text) == "CREATE FUNCTION f(text) RETURNS text\n    LANGUAGE plpgsql\n    AS ''"


def test_a_file_is_read_in_the_encodings_that_shells_write(tmp_path: Path):
    file = tmp_path / "dump.sql"
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        file.write_bytes("select 'ü';\r\n".encode(encoding))
        assert read_text(file) == "select 'ü';\n"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"PGDMP\1\2", "pg_restore"),
        (b"select '\xff'", "not in UTF-8"),
        (b"a\0b", "NUL characters"),
        (b"-" * 65, "has more than"),
        (b" \r\n\t" * 40, "is empty"),
        (b"", "is empty"),
        (b"\x1f\x8b\x08" + b"x" * 90, "compressed by gzip\n  hint: gunzip "),
        (b"toc.dat\0" + b"0" * 400, "pg_restore --schema-only"),
        (b"-- MySQL dump 10.13  Distrib 8.0.33\n--\n", "a dump of MySQL"),
        (b"SQLite format 3\0" + b"x", "a database of SQLite"),
        (b"-- made by hand\nPRAGMA foreign_keys=OFF;\n", "a dump of SQLite"),
    ],
)
def test_a_file_that_is_no_dump_in_text_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes, reason: str
):
    monkeypatch.setattr("engine.run.dump_text.LARGEST", 64)
    file = tmp_path / "dump.sql"
    file.write_bytes(data)
    with pytest.raises(UsageError, match=reason):
        read_text(file)


def test_a_pipe_is_read_and_one_that_nobody_writes_into_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(b"select 1;\n" * 100_000,))
    writer.start()
    assert read_text(pipe) == "select 1;\n" * 100_000
    writer.join()
    monkeypatch.setattr("engine.run.dump_text.PATIENCE_S", 0.1)
    with pytest.raises(UsageError, match="is a pipe, and nothing came out of it in "):
        read_text(pipe)


def test_a_file_that_is_not_there_is_told(tmp_path: Path):
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        read_text(tmp_path / "nowhere.sql")
