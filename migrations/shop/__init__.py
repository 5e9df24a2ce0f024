"""The demonstration shop as SQLAlchemy sees it; the migrations of branch `shop` build the same, and a test says so."""

from migrations.shop import audit, carts, customers, goods, orders, reference, reviews
from migrations.shop.base import SCHEMA, metadata

__all__ = ["SCHEMA", "TABLES", "metadata"]

TABLES = (
    *(reference.currencies, reference.countries, reference.order_statuses, reference.payment_types),
    *(customers.customers, customers.addresses),
    *(goods.categories, goods.products, goods.inventory, goods.promotions),
    *(orders.orders, orders.order_items, orders.payments, orders.shipments, orders.returns),
    *(carts.carts, carts.cart_items, reviews.reviews, audit.audit_log),
)
