"""The map of the code is the code's own."""

from __future__ import annotations

from tests.house.codemap import ORDER, PAGE, ROOT, with_codemap


def test_the_map_names_every_module_with_its_own_first_line():
    page = PAGE.read_text(encoding="utf-8")
    assert page == with_codemap(page), "write it anew: uv run just codemap"


def test_the_map_leaves_no_package_out():
    packages = {p.parent.name for p in (ROOT / "engine").glob("*/__init__.py")}
    empty = {name for name in packages if not any(p.stem != "__init__" for p in (ROOT / "engine" / name).glob("*.py"))}
    assert packages - empty == set(ORDER)
