-- What a scenario fills. Money is numeric(12,2) in the row's or its order's currency; shares are percent.

-- name: customers
create table shop.customers (
    id uuid default gen_random_uuid() primary key,
    email text not null unique,
    first_name text not null,
    last_name text not null,
    phone text,
    birth_date date,
    segment text default 'new' not null,
    country_code text default 'US' not null references shop.countries,
    marketing_opt_in boolean default false not null,
    created_at timestamptz default now() not null,
    updated_at timestamptz default now() not null,
    deleted_at timestamptz,
    version integer default 1 not null,
    constraint customers_email_has_an_at check (email like '%@%'),
    constraint customers_segment_is_known check (segment in ('new', 'regular', 'vip')),
    constraint customers_deleted_after_created check (deleted_at >= created_at)
);

-- name: addresses
create table shop.addresses (
    id uuid default gen_random_uuid() primary key,
    customer_id uuid not null references shop.customers,
    kind text default 'shipping' not null,
    line1 text not null,
    line2 text,
    city text not null,
    region text,
    postal_code text not null,
    country_code text default 'US' not null references shop.countries,
    is_default boolean default false not null,
    created_at timestamptz default now() not null,
    updated_at timestamptz default now() not null,
    deleted_at timestamptz,
    version integer default 1 not null,
    constraint addresses_kind_is_known check (kind in ('shipping', 'billing')),
    constraint addresses_deleted_after_created check (deleted_at >= created_at)
);

-- name: categories
create table shop.categories (
    id uuid default gen_random_uuid() primary key,
    parent_id uuid references shop.categories,
    name text not null,
    path text not null unique,
    depth smallint default 0 not null,
    position smallint default 0 not null,
    created_at timestamptz default now() not null,
    updated_at timestamptz default now() not null,
    deleted_at timestamptz,
    version integer default 1 not null,
    constraint categories_root_has_no_parent check ((parent_id is null) = (depth = 0)),
    constraint categories_path_is_as_long_as_deep check (cardinality(string_to_array(path, '/')) = depth + 1),
    constraint categories_is_not_its_own_parent check (parent_id <> id),
    constraint categories_deleted_after_created check (deleted_at >= created_at)
);

-- name: products
create table shop.products (
    id uuid default gen_random_uuid() primary key,
    category_id uuid references shop.categories,
    sku text not null unique,
    name text not null,
    description text,
    price numeric(12, 2) not null,
    cost numeric(12, 2),
    currency text default 'USD' not null references shop.currencies,
    weight_g integer,
    is_active boolean default true not null,
    attributes jsonb default '{}' not null,
    created_at timestamptz default now() not null,
    updated_at timestamptz default now() not null,
    deleted_at timestamptz,
    version integer default 1 not null,
    constraint products_price_is_not_negative check (price >= 0),
    constraint products_cost_is_not_negative check (cost >= 0),
    constraint products_weighs_something check (weight_g > 0),
    constraint products_attributes_is_an_object check (jsonb_typeof(attributes) = 'object'),
    constraint products_deleted_after_created check (deleted_at >= created_at)
);

-- name: inventory
create table shop.inventory (
    id uuid default gen_random_uuid() primary key,
    product_id uuid not null references shop.products,
    warehouse text not null,
    on_hand integer not null,
    reserved integer default 0 not null,
    reorder_level integer default 0 not null,
    created_at timestamptz default now() not null,
    updated_at timestamptz default now() not null,
    version integer default 1 not null,
    unique (product_id, warehouse),
    constraint inventory_on_hand_is_not_negative check (on_hand >= 0),
    constraint inventory_reserved_is_on_hand check (reserved between 0 and on_hand),
    constraint inventory_reorder_level_is_not_negative check (reorder_level >= 0)
);

-- name: promotions
create table shop.promotions (
    id uuid default gen_random_uuid() primary key,
    code text not null unique,
    name text not null,
    discount_pct numeric(5, 2) not null,
    min_subtotal numeric(12, 2) default 0 not null,
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    created_at timestamptz default now() not null,
    updated_at timestamptz default now() not null,
    deleted_at timestamptz,
    version integer default 1 not null,
    constraint promotions_discount_is_a_share check (discount_pct > 0 and discount_pct <= 100),
    constraint promotions_min_subtotal_is_not_negative check (min_subtotal >= 0),
    constraint promotions_ends_after_start check (ends_at > starts_at),
    constraint promotions_deleted_after_created check (deleted_at >= created_at)
);

-- name: orders
create table shop.orders (
    id uuid default gen_random_uuid() primary key,
    number bigint generated by default as identity unique,
    customer_id uuid not null references shop.customers,
    shipping_address_id uuid references shop.addresses,
    billing_address_id uuid references shop.addresses,
    promotion_id uuid references shop.promotions,
    status text default 'placed' not null references shop.order_statuses,
    channel text default 'web' not null,
    country_code text default 'US' not null references shop.countries,
    placed_at timestamptz default now() not null,
    paid_at timestamptz,
    shipped_at timestamptz,
    delivered_at timestamptz,
    cancelled_at timestamptz,
    currency text default 'USD' not null references shop.currencies,
    subtotal numeric(12, 2) not null,
    discount_pct numeric(5, 2) default 0 not null,
    discount_amount numeric(12, 2) default 0 not null,
    tax numeric(12, 2) default 0 not null,
    shipping_fee numeric(12, 2) default 0 not null,
    total numeric(12, 2) not null,
    created_at timestamptz default now() not null,
    updated_at timestamptz default now() not null,
    deleted_at timestamptz,
    version integer default 1 not null,
    constraint orders_channel_is_known check (channel in ('web', 'mobile_web', 'app', 'marketplace', 'phone', 'store')),
    constraint orders_discount_is_a_share check (discount_pct between 0 and 100),
    constraint orders_discount_is_at_most_subtotal check (discount_amount between 0 and subtotal),
    constraint orders_tax_is_not_negative check (tax >= 0),
    constraint orders_shipping_fee_is_not_negative check (shipping_fee >= 0),
    constraint orders_total_adds_up check (total = subtotal - discount_amount + tax + shipping_fee),
    constraint orders_paid_after_placed check (paid_at >= placed_at),
    constraint orders_shipped_after_placed check (shipped_at >= placed_at),
    constraint orders_delivered_after_shipped check (
        delivered_at is null or (shipped_at is not null and delivered_at >= shipped_at)
    ),
    constraint orders_cancelled_after_placed check (cancelled_at >= placed_at),
    constraint orders_deleted_after_placed check (deleted_at >= placed_at),
    constraint orders_paid_has_a_moment check (status <> 'paid' or paid_at is not null),
    constraint orders_shipped_has_a_moment check (status <> 'shipped' or shipped_at is not null),
    constraint orders_delivered_has_a_moment check (
        status not in ('delivered', 'returned') or delivered_at is not null
    ),
    constraint orders_cancelled_has_a_moment check ((status = 'cancelled') = (cancelled_at is not null))
);

-- name: order_items
create table shop.order_items (
    id uuid default gen_random_uuid() primary key,
    order_id uuid not null references shop.orders on delete cascade,
    product_id uuid not null references shop.products,
    line_no smallint not null,
    quantity integer default 1 not null,
    unit_price numeric(12, 2) not null,
    line_total numeric(12, 2) not null,
    created_at timestamptz default now() not null,
    updated_at timestamptz default now() not null,
    version integer default 1 not null,
    unique (order_id, product_id),
    constraint order_items_line_no_counts_from_one check (line_no > 0),
    constraint order_items_quantity_is_positive check (quantity > 0),
    constraint order_items_unit_price_is_not_negative check (unit_price >= 0),
    constraint order_items_line_total_multiplies check (line_total = quantity * unit_price)
);

-- name: payments
create table shop.payments (
    id uuid default gen_random_uuid() primary key,
    order_id uuid not null references shop.orders,
    payment_type text not null references shop.payment_types,
    status text not null,
    attempt smallint default 1 not null,
    amount numeric(12, 2) not null,
    currency text default 'USD' not null references shop.currencies,
    reference text not null unique,
    failure_code text,
    attempted_at timestamptz default now() not null,
    captured_at timestamptz,
    refunded_at timestamptz,
    created_at timestamptz default now() not null,
    updated_at timestamptz default now() not null,
    version integer default 1 not null,
    constraint payments_status_is_known check (
        status in ('pending', 'authorized', 'captured', 'declined', 'failed', 'refunded', 'voided')
    ),
    constraint payments_attempt_counts_from_one check (attempt > 0),
    constraint payments_amount_is_not_negative check (amount >= 0),
    constraint payments_captured_after_attempted check (captured_at >= attempted_at),
    constraint payments_refunded_after_attempted check (refunded_at >= attempted_at),
    constraint payments_captured_has_a_moment check (status <> 'captured' or captured_at is not null),
    constraint payments_refunded_has_a_moment check ((status = 'refunded') = (refunded_at is not null)),
    constraint payments_failure_code_belongs_to_failure check (
        failure_code is null or status in ('declined', 'failed')
    )
);

-- name: shipments
create table shop.shipments (
    id uuid default gen_random_uuid() primary key,
    order_id uuid not null references shop.orders,
    carrier text not null,
    service text default 'standard' not null,
    tracking_number text not null unique,
    warehouse text,
    promised_at timestamptz,
    shipped_at timestamptz default now() not null,
    delivered_at timestamptz,
    created_at timestamptz default now() not null,
    updated_at timestamptz default now() not null,
    version integer default 1 not null,
    constraint shipments_service_is_known check (service in ('economy', 'standard', 'express', 'overnight', 'pickup')),
    constraint shipments_promised_after_shipped check (promised_at >= shipped_at),
    constraint shipments_delivered_after_shipped check (delivered_at >= shipped_at)
);

-- name: returns
create table shop.returns (
    id uuid default gen_random_uuid() primary key,
    order_id uuid not null references shop.orders,
    order_item_id uuid references shop.order_items,
    reason text not null,
    status text default 'requested' not null,
    quantity integer default 1 not null,
    refund_amount numeric(12, 2) default 0 not null,
    requested_at timestamptz default now() not null,
    received_at timestamptz,
    refunded_at timestamptz,
    created_at timestamptz default now() not null,
    updated_at timestamptz default now() not null,
    version integer default 1 not null,
    constraint returns_reason_is_known check (
        reason in ('damaged', 'wrong_item', 'wrong_size', 'not_as_described', 'late', 'changed_mind', 'other')
    ),
    constraint returns_status_is_known check (
        status in ('requested', 'approved', 'rejected', 'received', 'refunded')
    ),
    constraint returns_quantity_is_positive check (quantity > 0),
    constraint returns_refund_is_not_negative check (refund_amount >= 0),
    constraint returns_received_after_requested check (received_at >= requested_at),
    constraint returns_refunded_after_requested check (refunded_at >= requested_at),
    constraint returns_received_has_a_moment check (status <> 'received' or received_at is not null),
    constraint returns_refunded_has_a_moment check ((status = 'refunded') = (refunded_at is not null))
);

-- name: carts
create table shop.carts (
    id uuid default gen_random_uuid() primary key,
    customer_id uuid references shop.customers,
    order_id uuid unique references shop.orders,
    channel text default 'web' not null,
    currency text default 'USD' not null references shop.currencies,
    converted_at timestamptz,
    abandoned_at timestamptz,
    created_at timestamptz default now() not null,
    updated_at timestamptz default now() not null,
    deleted_at timestamptz,
    version integer default 1 not null,
    constraint carts_channel_is_known check (channel in ('web', 'mobile_web', 'app', 'marketplace', 'phone', 'store')),
    constraint carts_converted_has_an_order check ((order_id is null) = (converted_at is null)),
    constraint carts_converted_is_not_abandoned check (converted_at is null or abandoned_at is null),
    constraint carts_converted_after_created check (converted_at >= created_at),
    constraint carts_abandoned_after_created check (abandoned_at >= created_at),
    constraint carts_deleted_after_created check (deleted_at >= created_at)
);

-- name: cart_items
create table shop.cart_items (
    id uuid default gen_random_uuid() primary key,
    cart_id uuid not null references shop.carts on delete cascade,
    product_id uuid not null references shop.products,
    quantity integer default 1 not null,
    unit_price numeric(12, 2) not null,
    created_at timestamptz default now() not null,
    updated_at timestamptz default now() not null,
    version integer default 1 not null,
    unique (cart_id, product_id),
    constraint cart_items_quantity_is_positive check (quantity > 0),
    constraint cart_items_unit_price_is_not_negative check (unit_price >= 0)
);

-- name: reviews
create table shop.reviews (
    id uuid default gen_random_uuid() primary key,
    product_id uuid not null references shop.products,
    customer_id uuid not null references shop.customers,
    order_id uuid references shop.orders,
    rating smallint not null,
    title text,
    body text,
    is_verified boolean default false not null,
    helpful_votes integer default 0 not null,
    created_at timestamptz default now() not null,
    updated_at timestamptz default now() not null,
    deleted_at timestamptz,
    version integer default 1 not null,
    constraint reviews_rating_is_one_to_five check (rating between 1 and 5),
    constraint reviews_verified_has_an_order check (not is_verified or order_id is not null),
    constraint reviews_helpful_votes_is_not_negative check (helpful_votes >= 0),
    constraint reviews_deleted_after_created check (deleted_at >= created_at)
);

-- name: audit_log
create table shop.audit_log (
    id bigint generated always as identity primary key,
    table_name text not null,
    row_key text not null,
    operation text not null,
    old_row jsonb not null,
    new_row jsonb,
    changed_at timestamptz default now() not null,
    changed_by text default session_user not null,
    transaction_id bigint not null,
    constraint audit_log_operation_is_known check (operation in ('UPDATE', 'DELETE')),
    constraint audit_log_new_row_belongs_to_update check ((operation = 'UPDATE') = (new_row is not null))
);
