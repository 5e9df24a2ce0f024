"""Every CHECK and every unique key of the shop refuses the row that it is there for."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import asyncpg
import pytest

from engine.embedded import Throwaway
from tests.servers import fresh_database, run_sql
from tests.shop_rows import EARLIER, FILLED, LATER, THEN, VALID, insert, key

CASES: tuple[tuple[str, dict[str, str]], ...] = (
    ("customers_email_has_an_at", {"email": "'nobody'"}),
    ("customers_segment_is_known", {"segment": "'best'"}),
    ("customers_deleted_after_created", {"created_at": THEN, "deleted_at": EARLIER}),
    ("addresses_kind_is_known", {"kind": "'home'"}),
    ("addresses_deleted_after_created", {"created_at": THEN, "deleted_at": EARLIER}),
    ("categories_root_has_no_parent", {"parent_id": key(1)}),
    ("categories_path_is_as_long_as_deep", {"path": "'home/lamps'"}),
    ("categories_is_not_its_own_parent", {"id": key(9), "parent_id": key(9), "depth": "1", "path": "'home/lamps'"}),
    ("categories_deleted_after_created", {"created_at": THEN, "deleted_at": EARLIER}),
    ("products_price_is_not_negative", {"price": "-0.01"}),
    ("products_cost_is_not_negative", {"cost": "-0.01"}),
    ("products_weighs_something", {"weight_g": "0"}),
    ("products_attributes_is_an_object", {"attributes": "'[]'"}),
    ("products_deleted_after_created", {"created_at": THEN, "deleted_at": EARLIER}),
    ("inventory_on_hand_is_not_negative", {"on_hand": "-1"}),
    ("inventory_reserved_is_on_hand", {"reserved": "6"}),
    ("inventory_reorder_level_is_not_negative", {"reorder_level": "-1"}),
    ("promotions_discount_is_a_share", {"discount_pct": "100.01"}),
    ("promotions_min_subtotal_is_not_negative", {"min_subtotal": "-1"}),
    ("promotions_ends_after_start", {"ends_at": THEN}),
    ("promotions_deleted_after_created", {"created_at": THEN, "deleted_at": EARLIER}),
    ("orders_channel_is_known", {"channel": "'fax'"}),
    ("orders_discount_is_a_share", {"discount_pct": "101"}),
    ("orders_discount_is_at_most_subtotal", {"discount_amount": "25", "total": "-1"}),
    ("orders_discount_is_at_most_subtotal", {"subtotal": "-1", "total": "-1"}),
    ("orders_tax_is_not_negative", {"tax": "-1", "total": "23"}),
    ("orders_shipping_fee_is_not_negative", {"shipping_fee": "-1", "total": "23"}),
    ("orders_total_adds_up", {"total": "24.01"}),
    ("orders_paid_after_placed", {"paid_at": EARLIER}),
    ("orders_shipped_after_placed", {"shipped_at": EARLIER}),
    ("orders_delivered_after_shipped", {"shipped_at": LATER, "delivered_at": THEN}),
    ("orders_delivered_after_shipped", {"delivered_at": LATER}),
    ("orders_cancelled_after_placed", {"status": "'cancelled'", "cancelled_at": EARLIER}),
    ("orders_deleted_after_placed", {"deleted_at": EARLIER}),
    ("orders_paid_has_a_moment", {"status": "'paid'"}),
    ("orders_shipped_has_a_moment", {"status": "'shipped'"}),
    ("orders_delivered_has_a_moment", {"status": "'returned'"}),
    ("orders_cancelled_has_a_moment", {"status": "'cancelled'"}),
    ("orders_cancelled_has_a_moment", {"cancelled_at": LATER}),
    ("order_items_line_no_counts_from_one", {"line_no": "0"}),
    ("order_items_quantity_is_positive", {"quantity": "0", "line_total": "0"}),
    ("order_items_unit_price_is_not_negative", {"unit_price": "-1", "line_total": "-1"}),
    ("order_items_line_total_multiplies", {"quantity": "2"}),
    ("payments_status_is_known", {"status": "'lost'"}),
    ("payments_attempt_counts_from_one", {"attempt": "0"}),
    ("payments_amount_is_not_negative", {"amount": "-1"}),
    ("payments_captured_after_attempted", {"status": "'captured'", "captured_at": EARLIER}),
    ("payments_refunded_after_attempted", {"status": "'refunded'", "refunded_at": EARLIER}),
    ("payments_captured_has_a_moment", {"status": "'captured'"}),
    ("payments_refunded_has_a_moment", {"status": "'refunded'"}),
    ("payments_failure_code_belongs_to_failure", {"failure_code": "'timeout'"}),
    ("shipments_service_is_known", {"service": "'pigeon'"}),
    ("shipments_promised_after_shipped", {"promised_at": EARLIER}),
    ("shipments_delivered_after_shipped", {"delivered_at": EARLIER}),
    ("returns_reason_is_known", {"reason": "'bored'"}),
    ("returns_status_is_known", {"status": "'lost'"}),
    ("returns_quantity_is_positive", {"quantity": "0"}),
    ("returns_refund_is_not_negative", {"refund_amount": "-1"}),
    ("returns_received_after_requested", {"received_at": EARLIER}),
    ("returns_refunded_after_requested", {"status": "'refunded'", "refunded_at": EARLIER}),
    ("returns_received_has_a_moment", {"status": "'received'"}),
    ("returns_refunded_has_a_moment", {"status": "'refunded'"}),
    ("carts_channel_is_known", {"channel": "'fax'"}),
    ("carts_converted_has_an_order", {"converted_at": LATER}),
    (
        "carts_converted_is_not_abandoned",
        {"order_id": key(1), "converted_at": LATER, "abandoned_at": LATER},
    ),
    ("carts_converted_after_created", {"order_id": key(1), "converted_at": EARLIER}),
    ("carts_abandoned_after_created", {"abandoned_at": EARLIER}),
    ("carts_deleted_after_created", {"deleted_at": EARLIER}),
    ("cart_items_quantity_is_positive", {"quantity": "0"}),
    ("cart_items_unit_price_is_not_negative", {"unit_price": "-1"}),
    ("reviews_rating_is_one_to_five", {"rating": "6"}),
    ("reviews_verified_has_an_order", {"is_verified": "true"}),
    ("reviews_helpful_votes_is_not_negative", {"helpful_votes": "-1"}),
    ("reviews_deleted_after_created", {"created_at": THEN, "deleted_at": EARLIER}),
)
UNIQUES: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("customers_email_key", "customers", {"email": "'ada@example.com'"}),
    ("addresses_one_default", "addresses", {"is_default": "true"}),
    ("categories_path_key", "categories", {"path": "'home'"}),
    ("products_sku_key", "products", {"sku": "'L-1'"}),
    ("inventory_product_id_warehouse_key", "inventory", {"warehouse": "'east'"}),
    ("promotions_code_key", "promotions", {"code": "'TEN'"}),
    ("orders_number_key", "orders", {"number": "77"}),
    ("order_items_order_id_product_id_key", "order_items", {"product_id": key(1)}),
    ("payments_reference_key", "payments", {"reference": "'ch_1'"}),
    ("shipments_tracking_number_key", "shipments", {"tracking_number": "'1Z'"}),
    ("carts_order_id_key", "carts", {"order_id": key(1), "converted_at": LATER}),
    ("cart_items_cart_id_product_id_key", "cart_items", {"product_id": key(1)}),
)
DECLARED = "select conname, conrelid::regclass::text from pg_constraint where conrelid in (select oid from pg_class "
IN_SHOP = "where relnamespace = 'shop'::regnamespace)"


def table_of(constraint: str) -> str:
    """The table with the longest name that the constraint's begins with."""
    return max((table for table in VALID if constraint.startswith(f"{table}_")), key=len)


@pytest.fixture(scope="module")
def filled(server: Throwaway, shop_template: str) -> Iterator[str]:
    """A shop with one row in every table."""
    with fresh_database(server, shop_template) as dsn:
        run_sql(dsn, *FILLED)
        yield dsn


def refused(dsn: str, *statements: str) -> asyncpg.PostgresError | None:
    """What PostgreSQL says against the statements, which leave nothing behind."""

    async def attempt() -> asyncpg.PostgresError | None:
        connection = await asyncpg.connect(dsn)
        transaction = connection.transaction()
        await transaction.start()
        try:
            for statement in statements:
                await connection.execute(statement)
        except asyncpg.PostgresError as error:
            return error
        else:
            return None
        finally:
            await transaction.rollback()
            await connection.close()

    return asyncio.run(attempt())


def declared(dsn: str, condition: str) -> set[str]:
    async def ask() -> set[str]:
        connection = await asyncpg.connect(dsn)
        try:
            return {row["conname"] for row in await connection.fetch(DECLARED + IN_SHOP + condition)}
        finally:
            await connection.close()

    return asyncio.run(ask())


@pytest.mark.parametrize(("constraint", "changed"), CASES)
def test_the_check_refuses_what_it_is_there_for(filled: str, constraint: str, changed: dict[str, str]):
    changed = {"product_id": "gen_random_uuid()", **changed} if "items_" in constraint else changed
    error = refused(filled, insert(table_of(constraint), **changed))
    assert isinstance(error, asyncpg.CheckViolationError), error
    assert error.constraint_name == constraint


def test_every_check_of_the_shop_has_a_case(filled: str):
    checks = declared(filled, " and contype = 'c'")
    others = {name for name in checks if name.startswith(("audit_log_", "currencies_", "countries_"))}
    assert {constraint for constraint, _ in CASES} == checks - others


@pytest.mark.parametrize(("index", "table", "row"), UNIQUES)
def test_what_must_be_unique_is_refused_the_second_time(filled: str, index: str, table: str, row: dict[str, str]):
    parent = {"order_items": "order_id", "cart_items": "cart_id"}.get(table)
    again = insert(table, **row)
    error = refused(filled, again) if parent else refused(filled, again, again)
    assert isinstance(error, asyncpg.UniqueViolationError), error
    assert error.constraint_name == index


def test_every_unique_constraint_has_a_case(filled: str):
    names = {name for name in declared(filled, " and contype = 'u'") if not name.startswith("order_statuses_")}
    assert {index for index, _, _ in UNIQUES} == names | {"addresses_one_default"}


@pytest.mark.parametrize("table", VALID)
def test_the_valid_row_is_taken_again_where_nothing_forbids_it(filled: str, table: str):
    statements = [insert(table)]
    if table in ("order_items", "cart_items"):
        statements = [f"delete from shop.{'returns' if table == 'order_items' else table}", statements[0]]
        statements.insert(1, f"delete from shop.{table}")
    assert refused(filled, *statements) is None


def test_a_second_default_address_is_taken_when_the_first_is_deleted(filled: str):
    first = insert("addresses", is_default="true", created_at=THEN, deleted_at=LATER)
    assert refused(filled, first, insert("addresses", is_default="true")) is None


@pytest.mark.parametrize(
    "changed", [{"status": "'lost'"}, {"currency": "'XXX'"}, {"country_code": "'ZZ'"}, {"customer_id": key(404)}]
)
def test_an_order_refers_to_what_exists(filled: str, changed: dict[str, str]):
    assert isinstance(refused(filled, insert("orders", **changed)), asyncpg.ForeignKeyViolationError)
