"""The tools that developers run by hand find nothing: `just lint types imports`."""

from __future__ import annotations

from tests.house.repository import tool, tracked


def test_imports_point_only_downwards():
    code, output = tool("lint-imports", "--no-cache")
    assert code == 0, output


def test_ruff_finds_nothing():
    code, output = tool("ruff", "check", "--no-cache", "--output-format", "concise")
    assert code == 0, output


def test_every_file_is_formatted():
    code, output = tool("ruff", "format", "--check", "--no-cache")
    assert code == 0, output


def test_every_type_checks_strictly():
    code, output = tool("mypy", "--no-error-summary")
    assert code == 0, output


def test_the_justfile_is_formatted():
    code, output = tool("just", "--fmt", "--check", "--unstable")
    assert code == 0, output


def test_every_sql_file_is_postgresqls_and_reads_in_one_style():
    code, output = tool("sqlfluff", "lint", "--disable-progress-bar", *[p for p in tracked() if p.endswith(".sql")])
    assert code == 0, output
