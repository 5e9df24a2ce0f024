"""Both branches up, down and up again on real servers; who may, who waits, and what a refusal leaves."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import asyncpg
import pytest

from engine.embedded import Throwaway
from engine.errors import ConnectError, MigrationError, Refused, UsageError
from engine.ledger import Ledger
from engine.ledger.postgres import HEAD
from migrations import current, downgrade, pending, upgrade
from migrations.scripts import outstanding
from tests.servers import ask, fresh_database, run_sql

EMPTY = "select count(*) from pg_class where relnamespace = 'public'::regnamespace"


def dump(server: Throwaway, dsn: str) -> str:
    """The schema as pg_dump writes it, without its session's random key."""
    program = server.binaries.program("pg_dump")
    done = subprocess.run([program, "--schema-only", dsn], capture_output=True, text=True, check=True, timeout=60)
    return "\n".join(line for line in done.stdout.splitlines() if not line.startswith(("\\restrict", "\\unrestrict")))


@pytest.mark.parametrize("branch", ["engine", "shop", "all"])
def test_up_down_and_up_again_leaves_the_same_schema(
    branch: str, postgres_server: Throwaway, each_database: str
) -> None:
    upgrade(each_database, branch)
    after_up = dump(postgres_server, each_database)
    downgrade(each_database, branch)
    after_down = dump(postgres_server, each_database)
    upgrade(each_database, branch)
    assert dump(postgres_server, each_database) == after_up
    assert "CREATE TABLE" in after_up
    assert after_down.count("CREATE TABLE") == 1, "only the table of revisions may stay"
    assert "CREATE TABLE engine.alembic_version" in after_down


def test_each_single_step_down_can_be_gone_up_again(server: Throwaway, database: str) -> None:
    upgrade(database)
    whole = dump(server, database)
    for _ in pending_from_nothing("shop"):
        downgrade(database, "shop", "-1")
    for _ in pending_from_nothing("shop"):
        upgrade(database, "shop", "+1")
    assert dump(server, database) == whole


def pending_from_nothing(branch: str) -> tuple[str, ...]:
    return outstanding(branch, ())


def test_one_branch_goes_up_and_down_without_the_other(database: str) -> None:
    upgrade(database, "shop")
    assert ask(database, "select to_regclass('engine.runs')") is None
    upgrade(database, "engine")
    downgrade(database, "shop")
    assert asyncio.run(current(database)) == (HEAD,)
    assert ask(database, "select to_regclass('shop.orders')") is None
    assert ask(database, "select to_regclass('engine.runs') is not null")


def test_nothing_of_ours_lies_in_public(shop_database: str) -> None:
    assert ask(shop_database, EMPTY) == 0


def test_asking_what_is_pending_makes_nothing(database: str) -> None:
    missing = asyncio.run(pending(database))
    assert HEAD in missing
    assert next(revision for revision in missing if revision.startswith("shop")) == "shop_0001"
    assert asyncio.run(current(database)) == ()
    assert ask(database, "select to_regnamespace('engine')") is None


def test_a_migrated_database_has_nothing_pending_and_the_ledger_knows_it(shop_database: str) -> None:
    assert asyncio.run(pending(shop_database)) == ()

    async def ready() -> bool:
        connection = await asyncpg.connect(shop_database)
        try:
            return await Ledger(connection).ready()
        finally:
            await connection.close()

    assert asyncio.run(ready())


def test_upgrade_can_be_called_under_a_running_loop(database: str) -> None:
    async def inside() -> None:
        upgrade(database, "engine")

    asyncio.run(inside())
    assert asyncio.run(pending(database, "engine")) == ()


def test_of_three_processes_that_migrate_at_once_all_succeed(database: str) -> None:
    code = f"from migrations import upgrade; upgrade({database!r})"
    command = [sys.executable, "-c", code]
    racers = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    failures = [racer.communicate(timeout=120)[1] for racer in racers]
    assert [racer.returncode for racer in racers] == [0, 0, 0], failures
    assert asyncio.run(pending(database)) == ()


def test_threads_of_one_process_take_turns(database: str) -> None:
    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(upgrade, database, "engine") for _ in range(3)]:
            done.result(timeout=60)
    assert asyncio.run(pending(database, "engine")) == ()


def test_a_user_without_the_right_to_create_a_schema_is_refused_and_leaves_nothing(database: str) -> None:
    run_sql(database, "create role modest login")
    try:
        with pytest.raises(Refused, match=r"(?s)permission denied for database .*--ledger FILE"):
            upgrade(database.replace("postgres@", "modest@"), "engine")
        assert ask(database, "select to_regnamespace('engine')") is None
        run_sql(database, "create schema engine authorization modest")
        upgrade(database.replace("postgres@", "modest@"), "engine")
        assert asyncio.run(pending(database, "engine")) == ()
    finally:
        run_sql(database, "drop owned by modest cascade", "drop role modest")


def test_a_stranger_may_not_read_the_revisions_and_is_told_so(database: str) -> None:
    upgrade(database, "engine")
    run_sql(database, "create role stranger login")
    try:
        with pytest.raises(Refused, match="permission denied"):
            asyncio.run(current(database.replace("postgres@", "stranger@")))
    finally:
        run_sql(database, "drop role stranger")


def test_a_downgrade_that_would_take_somebodys_view_along_is_refused(shop_database: str) -> None:
    run_sql(shop_database, "create view public.theirs as select * from shop.orders")
    with pytest.raises(Refused, match="nothing was changed"):
        downgrade(shop_database, "shop")
    assert asyncio.run(pending(shop_database)) == ()
    assert ask(shop_database, "select count(*) from public.theirs") == 0


def test_a_table_in_the_way_fails_the_whole_upgrade(database: str) -> None:
    run_sql(database, "create schema shop", "create table shop.orders (id int)")
    with pytest.raises(MigrationError, match='"orders" already exists; nothing was changed'):
        upgrade(database, "shop")
    assert ask(database, "select to_regclass('shop.currencies')") is None
    assert ask(database, "select to_regnamespace('engine')") is None


def test_a_database_of_a_newer_engine_is_told_from_a_broken_one(database: str) -> None:
    upgrade(database, "engine")
    run_sql(database, "update engine.alembic_version set version_num = 'engine_9999'")
    with pytest.raises(MigrationError, match=r"(?s)engine_9999.*newer engine"):
        upgrade(database, "engine")


def test_a_branch_that_does_not_exist_is_the_callers_mistake(database: str) -> None:
    with pytest.raises(UsageError, match="'bakery'"):
        upgrade(database, "bakery")
    with pytest.raises(UsageError, match="'bakery'"):
        asyncio.run(pending(database, "bakery"))


def test_no_server_is_a_connect_error_without_a_password() -> None:
    with pytest.raises(ConnectError, match=r"127\.0\.0\.1:1/") as caught:
        upgrade("postgresql://me:hidden@127.0.0.1:1/x")
    assert "hidden" not in str(caught.value)


def test_a_new_migration_follows_its_branchs_head(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    for package in ("engine", "migrations"):
        subprocess.run(["cp", "-r", root / package, tmp_path / package], check=True)
    last = sorted((tmp_path / "migrations/versions/shop").glob("shop_*.py"))[-1].stem
    number = int(last.split("_")[1])
    command = [sys.executable, "-m", "migrations", "shop", "gift cards"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=60)
    made = tmp_path / f"migrations/versions/shop/shop_{number + 1:04d}_gift_cards.py"
    assert f'down_revision = "shop_{number:04d}"' in made.read_text().replace("'", '"')


def test_every_throwaway_database_is_a_copy_of_its_own(server: Throwaway, shop_template: str) -> None:
    with fresh_database(server, shop_template) as one, fresh_database(server, shop_template) as other:
        run_sql(one, "delete from shop.payment_types")
        assert ask(other, "select count(*) > 0 from shop.payment_types")
