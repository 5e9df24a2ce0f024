-- What must hold in every story of a shop. Each statement finds rows that a careful reader would not believe;
-- it knows nothing of how they were made. `story.starts` and `story.ends` are the window, set by the test.

-- name: an_order_costs_the_sum_of_its_lines
select o.number, o.subtotal, sum(i.line_total) as lines
from shop.orders as o
left join shop.order_items as i on o.id = i.order_id
group by o.id
having o.subtotal is distinct from sum(i.line_total);

-- name: a_total_is_the_subtotal_less_discount_with_tax_and_postage
select number from shop.orders
where
    total <> subtotal - discount_amount + tax + shipping_fee
    or discount_amount <> round(subtotal * discount_pct / 100, 2);

-- name: a_line_costs_its_quantity_times_its_price
select id from shop.order_items where line_total <> quantity * unit_price or quantity < 1 or unit_price <= 0;

-- name: lines_are_numbered_from_one_without_a_gap
select order_id from shop.order_items
group by order_id having min(line_no) <> 1 or max(line_no) <> count(*) or count(distinct line_no) <> count(*);

-- name: no_two_lines_of_an_order_name_one_product
select order_id, product_id from shop.order_items group by order_id, product_id having count(*) > 1;

-- name: a_payment_is_as_high_as_its_order
select p.reference from shop.payments as p inner join shop.orders as o on p.order_id = o.id
where p.amount <> o.total or p.currency <> o.currency;

-- name: what_was_paid_was_captured_once_and_in_full
select o.number
from shop.orders as o left join shop.payments as p on o.id = p.order_id and p.captured_at is not null
group by o.id
having (o.paid_at is null) <> (count(p.id) = 0) or (o.paid_at is not null and sum(p.amount) <> o.total);

-- name: a_payment_is_captured_when_its_order_is_paid
select p.reference from shop.payments as p inner join shop.orders as o on p.order_id = o.id
where p.captured_at <> o.paid_at;

-- name: attempts_to_pay_follow_each_other_until_one_succeeds
select a.reference from shop.payments as a
inner join shop.payments as b on a.order_id = b.order_id and b.attempt = a.attempt + 1
where b.attempted_at <= a.attempted_at or a.captured_at is not null;

-- name: nobody_pays_before_ordering
select p.reference from shop.payments as p inner join shop.orders as o on p.order_id = o.id
where p.attempted_at < o.placed_at or p.captured_at < p.attempted_at or p.refunded_at < p.captured_at;

-- name: nobody_orders_before_being_a_customer
select o.number from shop.orders as o inner join shop.customers as c on o.customer_id = c.id
where o.placed_at < c.created_at;

-- name: nobody_lives_anywhere_before_being_a_customer
select a.id from shop.addresses as a inner join shop.customers as c on a.customer_id = c.id
where a.created_at < c.created_at;

-- name: a_parcel_goes_to_an_address_of_its_customer_that_exists
select o.number from shop.orders as o
inner join shop.addresses as a on a.id in (o.shipping_address_id, o.billing_address_id)
where a.customer_id <> o.customer_id or a.created_at > o.placed_at or a.country_code <> o.country_code;

-- name: no_product_is_sold_before_it_exists
select i.id from shop.order_items as i
inner join shop.orders as o on i.order_id = o.id inner join shop.products as p on i.product_id = p.id
where p.created_at > o.placed_at;

-- name: an_order_is_paid_then_shipped_then_delivered
select number from shop.orders
where
    paid_at < placed_at or shipped_at < paid_at or delivered_at < shipped_at or cancelled_at < placed_at
    or (shipped_at is not null and paid_at is null) or (delivered_at is not null and shipped_at is null);

-- name: what_is_cancelled_was_never_paid_for
select number from shop.orders where cancelled_at is not null and (paid_at is not null or shipped_at is not null);

-- name: a_status_is_what_the_moments_say
select number, status from shop.orders as o
where status <> case
    when cancelled_at is not null then 'cancelled'
    when exists (select from shop.returns as r where r.order_id = o.id) then 'returned'
    when delivered_at is not null then 'delivered'
    when shipped_at is not null and exists (select from shop.shipments) then 'shipped'
    when paid_at is not null then 'paid'
    else 'placed'
end;

-- name: what_was_shipped_has_one_parcel_with_the_same_moments
select o.number from shop.orders as o left join shop.shipments as s on o.id = s.order_id
where exists (select from shop.shipments)
group by o.id
having
    (o.shipped_at is not null) <> (count(s.id) = 1)
    or min(s.shipped_at) <> o.shipped_at or min(s.delivered_at) is distinct from o.delivered_at;

-- name: nothing_comes_back_before_it_arrived
select r.id from shop.returns as r inner join shop.orders as o on r.order_id = o.id
where
    o.delivered_at is null or r.requested_at < o.delivered_at
    or r.received_at < r.requested_at or r.refunded_at < coalesce(r.received_at, r.requested_at);

-- name: nobody_gets_more_back_than_was_paid
select r.id from shop.returns as r inner join shop.orders as o on r.order_id = o.id
group by r.id, o.id having sum(r.refund_amount) > o.total;

-- name: no_more_comes_back_than_was_sent
select r.order_id from shop.returns as r
group by r.order_id
having sum(r.quantity) > (select sum(i.quantity) from shop.order_items as i where i.order_id = r.order_id);

-- name: a_refunded_return_is_a_refunded_payment
select r.id from shop.returns as r
where
    r.refunded_at is not null
    and not exists (
        select from shop.payments as p where p.order_id = r.order_id and p.refunded_at = r.refunded_at
    );

-- name: a_refunded_payment_is_a_refunded_return
select p.reference from shop.payments as p
where
    p.refunded_at is not null
    and not exists (
        select from shop.returns as r where r.order_id = p.order_id and r.refunded_at = p.refunded_at
    );

-- name: nobody_reviews_what_has_not_arrived
select r.id from shop.reviews as r
inner join shop.orders as o on r.order_id = o.id
where o.delivered_at is null or r.created_at < o.delivered_at or r.customer_id <> o.customer_id;

-- name: nobody_reviews_what_they_did_not_buy
select r.id from shop.reviews as r
where not exists (
    select from shop.order_items as i where i.order_id = r.order_id and i.product_id = r.product_id
);

-- name: an_order_was_a_cart_of_the_same_customer
select c.id from shop.carts as c inner join shop.orders as o on c.order_id = o.id
inner join shop.customers as k on o.customer_id = k.id
where
    c.customer_id is distinct from o.customer_id or c.converted_at is distinct from o.placed_at or c.channel <> o.channel
    or c.created_at < k.created_at or c.abandoned_at is not null;

-- name: an_order_holds_what_was_in_its_cart
with bought as (
    select c.id as cart_id, i.product_id, i.quantity, i.unit_price
    from shop.carts as c inner join shop.order_items as i on c.order_id = i.order_id
),

carried as (
    select t.cart_id, t.product_id, t.quantity, t.unit_price
    from shop.cart_items as t inner join shop.carts as c on t.cart_id = c.id and c.order_id is not null
)

(
    select * from bought
    except
    select * from carried
)
union all
(
    select * from carried
    except
    select * from bought
);

-- name: a_promotion_is_used_while_it_lasts_and_as_it_says
select o.number from shop.orders as o inner join shop.promotions as p on o.promotion_id = p.id
where
    o.placed_at < p.starts_at or o.placed_at >= p.ends_at
    or o.discount_pct <> p.discount_pct or o.subtotal < p.min_subtotal;

-- name: orders_happen_inside_the_window
select number from shop.orders
where
    placed_at < current_setting('story.starts')::timestamptz
    or placed_at >= current_setting('story.ends')::timestamptz;

-- name: emails_are_unique_and_look_like_emails
select min(email) from shop.customers
group by lower(email) having count(*) > 1 or min(email) !~ '^[a-z0-9._''-]+@example\.com$';

-- name: people_are_grown_up_and_alive
select id from shop.customers
where age(created_at, birth_date) not between interval '16 years' and interval '110 years';

-- name: products_are_sold_for_more_than_they_cost
select sku from shop.products where cost >= price or price <= 0;

-- name: a_category_stands_below_its_parent
select c.path from shop.categories as c inner join shop.categories as p on c.parent_id = p.id
where not starts_with(c.path, p.path || '/') or c.depth <> p.depth + 1 or c.created_at < p.created_at;

-- name: every_row_is_at_its_first_version
select 'customers' as entity from shop.customers where version <> 1
union all
select 'orders' from shop.orders where version <> 1
union all
select 'payments' from shop.payments where version <> 1
union all
select 'audit' from shop.audit_log;

-- name: every_constraint_is_there_and_has_been_checked
select conrelid::regclass, conname from pg_constraint
where connamespace = 'shop'::regnamespace and (not convalidated or to_jsonb(pg_constraint) ->> 'conenforced' = 'false');

-- name: every_index_is_whole
select i.indexrelid::regclass from pg_index as i
inner join pg_class as c on i.indexrelid = c.oid
where c.relnamespace = 'shop'::regnamespace and not (i.indisvalid and i.indisready);
