-- For each sentence of believable.sql a change that makes it untrue. All of them are taken back.

-- name: an_order_costs_the_sum_of_its_lines
delete from shop.order_items where id = (select max(id::text)::uuid from shop.order_items);

-- name: a_total_is_the_subtotal_less_discount_with_tax_and_postage
update shop.orders set total = total + 0.01 where number = 100001;

-- name: a_line_costs_its_quantity_times_its_price
update shop.order_items set quantity = quantity + 1 where id = (select min(id::text)::uuid from shop.order_items);

-- name: lines_are_numbered_from_one_without_a_gap
update shop.order_items set line_no = line_no + 1 where id = (select min(id::text)::uuid from shop.order_items);

-- name: no_two_lines_of_an_order_name_one_product
update shop.order_items set product_id = (select min(id::text)::uuid from shop.products)
where order_id = (select min(order_id::text)::uuid from shop.order_items where line_no = 2);

-- name: a_payment_is_as_high_as_its_order
update shop.payments set amount = amount - 1 where reference = 'pay_100001';

-- name: what_was_paid_was_captured_once_and_in_full
update shop.payments set captured_at = null where reference = 'pay_100001';

-- name: a_payment_is_captured_when_its_order_is_paid
update shop.payments set captured_at = captured_at + interval '1 second' where reference = 'pay_100001';

-- name: attempts_to_pay_follow_each_other_until_one_succeeds
insert into shop.payments (order_id, payment_type, status, attempt, amount, reference, attempted_at)
select order_id, payment_type, 'pending', 2, amount, 'again', attempted_at + interval '1 day' from shop.payments
where reference = 'pay_100001';

-- name: nobody_pays_before_ordering
update shop.payments set attempted_at = attempted_at - interval '1 second' where reference = 'pay_100001';

-- name: nobody_orders_before_being_a_customer
update shop.customers set created_at = '2100-01-01' where id = (select customer_id from shop.orders where number = 100001);

-- name: nobody_lives_anywhere_before_being_a_customer
update shop.addresses set created_at = created_at - interval '1 second';

-- name: a_parcel_goes_to_an_address_of_its_customer_that_exists
update shop.orders
set
    shipping_address_id = (
        select min(a.id::text)::uuid from shop.addresses as a where a.customer_id <> orders.customer_id
    )
where number = 100001;

-- name: no_product_is_sold_before_it_exists
update shop.products set created_at = '2025-11-02' where id = (select min(id::text)::uuid from shop.products);

-- name: an_order_is_paid_then_shipped_then_delivered
update shop.orders set shipped_at = paid_at - interval '1 second' where number = 100001;

-- name: what_is_cancelled_was_never_paid_for
update shop.orders set cancelled_at = placed_at where number = 100001;

-- name: a_status_is_what_the_moments_say
update shop.orders set status = 'placed' where number = 100001;

-- name: what_was_shipped_has_one_parcel_with_the_same_moments
update shop.shipments set delivered_at = null where tracking_number = 'TRK100001';

-- name: nothing_comes_back_before_it_arrived
update shop.returns set requested_at = requested_at - interval '1 year';

-- name: nobody_gets_more_back_than_was_paid
update shop.returns set refund_amount = refund_amount * 2 + 10;

-- name: no_more_comes_back_than_was_sent
update shop.returns set quantity = quantity + 1;

-- name: a_refunded_return_is_a_refunded_payment
update shop.payments set refunded_at = null where refunded_at is not null;

-- name: a_refunded_payment_is_a_refunded_return
update shop.returns set refunded_at = null where refunded_at is not null;

-- name: nobody_reviews_what_has_not_arrived
update shop.reviews set created_at = created_at - interval '1 year';

-- name: nobody_reviews_what_they_did_not_buy
update shop.reviews set product_id = gen_random_uuid();

-- name: an_order_was_a_cart_of_the_same_customer
update shop.carts set customer_id = null where order_id is not null;

-- name: an_order_holds_what_was_in_its_cart
update shop.cart_items set quantity = quantity + 1;

-- name: a_promotion_is_used_while_it_lasts_and_as_it_says
update shop.promotions set ends_at = '2025-11-10';

-- name: orders_happen_inside_the_window
update shop.orders set placed_at = current_setting('story.ends')::timestamptz where number = 100001;

-- name: emails_are_unique_and_look_like_emails
update shop.customers set email = 'anna@example.com' where segment = 'vip';

-- name: people_are_grown_up_and_alive
update shop.customers set birth_date = '2020-02-29' where segment = 'vip';

-- name: products_are_sold_for_more_than_they_cost
update shop.products set cost = price where sku = 'SKU-000001';

-- name: a_category_stands_below_its_parent
update shop.categories set path = 'elsewhere/' || position where depth = 1;

-- name: every_row_is_at_its_first_version
update shop.orders set version = 2 where number = 100001;

-- name: every_constraint_is_there_and_has_been_checked
alter table shop.orders add constraint lie check (total > 0) not valid;

-- name: every_index_is_whole
update pg_index set indisvalid = false where indexrelid = 'shop.orders_placed_at_idx'::regclass;
