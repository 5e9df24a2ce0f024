"""The plugin, in sessions of pytest of their own, on real servers."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

from tests.acceptance.documents import blocks_of
from tests.servers import ask, fresh_database

QUICKSTART = Path("specs/quickstart.yaml").resolve()
LEFT = r"select count(*) from pg_database where datname ~ '^scenario_[0-9]+_'"
HEAD = "import asyncio\nimport asyncpg\nimport pytest\n"
ASK = """
def ask(dsn, query):
    async def fetch():
        connection = await asyncpg.connect(dsn)
        try:
            return await connection.fetchval(query)
        finally:
            await connection.close()
    return asyncio.run(fetch())
"""
STORY = "\n".join(
    (
        "scenario: small",
        "window: {start: 2026-01-01, end: 2026-02-01}",
        "entities:",
        "  things:",
        "    table: things",
        "    count: 30",
        "    columns: {id: {sequence: 1}, name: {choice: [a, b]}}",
    )
)


def session(folder: Path, tests: str, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A session of pytest in a folder, with the project's plugin and nothing else of it."""
    (folder / "test_it.py").write_text(HEAD + ASK + tests, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\naddopts = -p no:cacheprovider --strict-markers\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", *words, "test_it.py"]
    around = os.environ | environment
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, env=around, check=False)


def server_of(dsn: str) -> str:
    return dsn.replace(urlsplit(dsn).path, "/postgres")


def test_tests_of_a_session_share_a_database_and_each_its_own_where_it_asks(shop_database: str, tmp_path: Path):
    tests = f"""
MARK = dict(seed=7, now="2026-01-01")
found = set()

@pytest.mark.scenario({str(QUICKSTART)!r}, **MARK)
def test_one(scenario):
    found.add(scenario.dsn)
    assert scenario.rows("orders") == 5000 == ask(scenario.dsn, "select count(*) from shop.orders")
    assert scenario.report.seed == 7

@pytest.mark.scenario({str(QUICKSTART)!r}, **MARK)
def test_two(scenario):
    assert scenario.dsn in found

@pytest.mark.scenario({str(QUICKSTART)!r}, **MARK, scope="test")
@pytest.mark.parametrize("number", [1, 2])
def test_own(scenario, number):
    assert scenario.dsn not in found
    found.add(scenario.dsn)
    assert ask(scenario.dsn, "select count(*) from shop.orders") == 5000
    ask(scenario.dsn, "delete from shop.payments")
"""
    done = session(tmp_path, tests, "--scenario-dsn", shop_database)
    assert done.returncode == 0, done.stdout
    assert "4 passed" in done.stdout
    assert ask(server_of(shop_database), LEFT) == 0
    assert ask(shop_database, "select count(*) from shop.orders") == 0


def test_ones_own_tables_are_filled_in_copies(server, tmp_path: Path):
    with fresh_database(server) as dsn:
        ask(dsn, "create table things (id int primary key, name text not null)")
        (tmp_path / "story.yaml").write_text(STORY, encoding="utf-8")
        tests = f"""
@pytest.mark.scenario("story.yaml")
def test_file(scenario):
    assert ask(scenario.dsn, "select count(*) from things") == 30

@pytest.mark.scenario({STORY!r}, seed=1)
def test_text(scenario):
    with pytest.raises(KeyError, match="the story has things"):
        scenario.rows("dragons")
    assert scenario.rows("things") == 30
"""
        done = session(tmp_path, tests, "-o", f"scenario_dsn={dsn}")
        assert done.returncode == 0, done.stdout
        assert ask(dsn, "select count(*) from things") == 0
        assert ask(server_of(dsn), LEFT) == 0


WRONG = f"""
def test_unmarked(scenario): ...

@pytest.mark.scenario("nowhere.yaml")
def test_missing(scenario): ...

@pytest.mark.scenario("scenario: x\\nentitties: {{}}\\n")
def test_wrong(scenario): ...

@pytest.mark.scenario({str(QUICKSTART)!r}, sede=1)
def test_unknown(scenario): ...

@pytest.mark.scenario({str(QUICKSTART)!r}, scope="week")
def test_scope(scenario): ...

@pytest.mark.scenario()
def test_nothing(scenario): ...

@pytest.mark.scenario({str(QUICKSTART)!r}, set={{"dragons": 1}})
def test_parameter(scenario): ...

@pytest.mark.scenario({STORY!r})
def test_table(scenario): ...
"""


def test_what_is_wrong_is_said_in_a_few_words(shop_database: str, tmp_path: Path):
    done = session(tmp_path, WRONG, "--scenario-dsn", shop_database)
    assert "8 errors" in done.stdout, done.stdout
    for told in (
        "is marked: @pytest.mark.scenario",
        "there is no spec nowhere.yaml",
        "scenario:2:1: S001 unknown key 'entitties'",
        "not 'sede'",
        "session or test, not 'week'",
        "takes a spec first",
        "P001",
        "R002",
    ):
        assert told in done.stdout, told
    assert "Traceback" not in done.stdout
    assert "databases.py" not in done.stdout
    assert ask(server_of(shop_database), LEFT) == 0


def test_a_failing_test_leaves_nothing_either_and_workers_have_their_own(shop_database: str, tmp_path: Path):
    tests = f"""
@pytest.mark.scenario({str(QUICKSTART)!r})
@pytest.mark.parametrize("number", range(4))
def test_it(scenario, number):
    assert scenario.rows("customers") == 1000
    assert number != 3
"""
    done = session(tmp_path, tests, "--scenario-dsn", shop_database, "-n", "2")
    assert "1 failed, 3 passed" in done.stdout, done.stdout
    assert ask(server_of(shop_database), LEFT) == 0


def test_a_server_that_is_not_there_fails_with_its_reason(tmp_path: Path):
    tests = f"@pytest.mark.scenario({str(QUICKSTART)!r})\ndef test_it(scenario): ...\n"
    done = session(tmp_path, tests, "--scenario-dsn", "postgresql://ann:secret@127.0.0.1:9/x")
    assert "cannot reach postgresql://ann@127.0.0.1:9" in done.stdout
    assert "secret" not in done.stdout


def test_the_example_of_the_page_works_on_the_engines_own_server(tmp_path: Path):
    """With the shop, which is not a database of anybody's; what killed sessions left is swept away."""
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "quickstart.yaml").write_text(QUICKSTART.read_text(), encoding="utf-8")
    (code,) = [block.body for block in blocks_of("engine/plugin/README.md") if block.language == "python"]
    home = tmp_path / "home"
    home.mkdir(mode=0o711)
    tmp_path.chmod(0o711)
    own = {"ENGINE_HOME": str(home)}
    command = [sys.executable, "-m", "engine.cli", "db"]
    around = os.environ | own
    try:
        url = subprocess.run([*command, "url"], capture_output=True, text=True, env=around, check=True).stdout.strip()
        ask(url, "create database scenario_999999999_left")
        done = session(tmp_path, code, **own)
        assert done.returncode == 0, done.stdout
        assert re.search(r"\d passed", done.stdout)
        assert ask(url, LEFT) == 0
        assert ask(url, "select to_regclass('shop.orders') is null")
    finally:
        subprocess.run([*command, "stop"], env=around, check=True, capture_output=True)
