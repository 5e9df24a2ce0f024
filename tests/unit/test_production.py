"""Which names look like production, and where in a DSN and around it they are looked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.settings import from_environment
from engine.errors import Refused
from engine.run.production import require_no_production, telling_word


@pytest.mark.parametrize(
    "name",
    [
        *("prod", "shop_prod", "prod-db.internal", "production", "PRODUCTION_DB", "shopProd", "prod01", "eu-prod-1"),
        *("live-db", "orders.live", "prd", "db.prod.svc", "produção"),
        "shop-prod.abc123.eu-west-1.rds.amazonaws.com",
        *("shopprod", "SHOPPROD", "myprod01", "proddb", "prodserver.internal"),
    ],
)
def test_names_of_production_are_seen_at_the_bounds_of_words(name: str):
    assert telling_word(name)


@pytest.mark.parametrize(
    "name",
    [
        *("product", "products", "reproduce", "delivery", "alive", "olive", "productivity", "prodigy", "shop"),
        *("non-prod", "pre_production", "preprod", "nonprod", "staging", "primary", "10.0.0.5", "localhost", ""),
        "abc123.eu-west-1.rds.amazonaws.com",
        *("notprod", "reprod", "producer", "prodotti"),
    ],
)
def test_names_that_only_look_similar_are_left_alone(name: str):
    assert telling_word(name) is None


@pytest.mark.parametrize(
    "dsn",
    [
        "postgresql://app:hidden@prod-db.internal:5432/shop",
        "postgresql://app:hidden@10.0.0.5/shop_prod",
        "postgresql://app:hidden@one,two.prod:5433/shop",
        "postgresql://app:hidden@/shop?host=prod.internal",
        "postgresql://app:hidden@one/?dbname=prod",
        "postgresql://app:hidden@one/%70rod",
        "postgresql://app:hidden@/shop?service=shop_prod",
        "postgres://prod:hidden@one",
        "postgresql://app:hid/den@prod/shop",
    ],
)
def test_the_host_and_the_database_are_found_wherever_a_dsn_says_them(dsn: str):
    with pytest.raises(Refused) as refused:
        require_no_production(dsn, {})
    assert refused.value.exit_code == 4
    assert "--yes-this-is-not-production" in str(refused.value)
    assert "hid" not in str(refused.value)


def test_a_password_or_a_user_is_no_name_of_a_database():
    require_no_production("postgresql://prod:prod@one/shop?password=prod&application_name=prod", {})
    require_no_production("postgresql://one/shop#prod", {"PGHOST": "prod", "PGDATABASE": "prod"})
    require_no_production(None, {"PGHOST": "prod"})


def test_what_the_environment_adds_to_a_dsn_is_looked_at(tmp_path: Path):
    file = tmp_path / "services"
    file.write_text("[far]\nhost=10.0.0.5\ndbname=shop_prod\npassword=hid%den\n")
    for around in (
        {"PGHOST": "prod"},
        {"PGDATABASE": "prod"},
        {"PGSERVICE": "far", "PGSERVICEFILE": str(file)},
    ):
        with pytest.raises(Refused, match="looks like production"):
            require_no_production("postgresql://", around)
    require_no_production("postgresql://", {"PGSERVICE": "far", "PGSERVICEFILE": str(tmp_path / "none")})
    file.write_text("not a file of services")
    require_no_production("postgresql://", {"PGSERVICE": "far", "PGSERVICEFILE": str(file)})


def test_a_server_refuses_targets_that_look_like_production_unless_told_that_they_are_none():
    around = {"ENGINE_DSN": "postgresql://one/shop", "ENGINE_TARGET_OLD": "postgresql://app:hidden@one/shop_live"}
    with pytest.raises(Refused, match=r"(?s)target old: .*ENGINE_NOT_PRODUCTION=old") as refused:
        from_environment(around).require_no_production()
    assert "hidden" not in str(refused.value)
    from_environment(around | {"ENGINE_NOT_PRODUCTION": "old"}).require_no_production()
