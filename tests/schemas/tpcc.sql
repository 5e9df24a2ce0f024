-- TPC-C's nine tables, by section 1.3 of its specification (revision 5.11): every composite key of 1.3.1 is a foreign key.
create table warehouse (
    w_id integer primary key,
    w_name varchar(10) not null,
    w_street_1 varchar(20) not null,
    w_street_2 varchar(20) not null,
    w_city varchar(20) not null,
    w_state char(2) not null,
    w_zip char(9) not null,
    w_tax decimal(4, 4) not null,
    w_ytd decimal(12, 2) not null
);

create table district (
    d_w_id integer not null references warehouse,
    d_id smallint not null,
    d_name varchar(10) not null,
    d_street_1 varchar(20) not null,
    d_street_2 varchar(20) not null,
    d_city varchar(20) not null,
    d_state char(2) not null,
    d_zip char(9) not null,
    d_tax decimal(4, 4) not null,
    d_ytd decimal(12, 2) not null,
    d_next_o_id integer not null,
    primary key (d_w_id, d_id)
);

create table customer (
    c_w_id integer not null,
    c_d_id smallint not null,
    c_id integer not null,
    c_first varchar(16) not null,
    c_middle char(2) not null,
    c_last varchar(16) not null,
    c_street_1 varchar(20) not null,
    c_street_2 varchar(20) not null,
    c_city varchar(20) not null,
    c_state char(2) not null,
    c_zip char(9) not null,
    c_phone char(16) not null,
    c_since timestamp not null,
    c_credit char(2) not null,
    c_credit_lim decimal(12, 2) not null,
    c_discount decimal(4, 4) not null,
    c_balance decimal(12, 2) not null,
    c_ytd_payment decimal(12, 2) not null,
    c_payment_cnt smallint not null,
    c_delivery_cnt smallint not null,
    c_data varchar(500) not null,
    primary key (c_w_id, c_d_id, c_id),
    foreign key (c_w_id, c_d_id) references district (d_w_id, d_id),
    check (c_credit in ('GC', 'BC'))
);

create table history (
    h_c_id integer not null,
    h_c_d_id smallint not null,
    h_c_w_id integer not null,
    h_d_id smallint not null,
    h_w_id integer not null,
    h_date timestamp not null,
    h_amount decimal(6, 2) not null,
    h_data varchar(24) not null,
    foreign key (h_c_w_id, h_c_d_id, h_c_id) references customer (c_w_id, c_d_id, c_id),
    foreign key (h_w_id, h_d_id) references district (d_w_id, d_id)
);

create table orders (
    o_w_id integer not null,
    o_d_id smallint not null,
    o_id integer not null,
    o_c_id integer not null,
    o_entry_d timestamp not null,
    o_carrier_id smallint,
    o_ol_cnt smallint not null,
    o_all_local smallint not null,
    primary key (o_w_id, o_d_id, o_id),
    foreign key (o_w_id, o_d_id, o_c_id) references customer (c_w_id, c_d_id, c_id)
);

create table new_order (
    no_w_id integer not null,
    no_d_id smallint not null,
    no_o_id integer not null,
    primary key (no_w_id, no_d_id, no_o_id),
    foreign key (no_w_id, no_d_id, no_o_id) references orders (o_w_id, o_d_id, o_id)
);

create table item (
    i_id integer primary key,
    i_im_id integer not null,
    i_name varchar(24) not null,
    i_price decimal(5, 2) not null,
    i_data varchar(50) not null
);

create table stock (
    s_w_id integer not null references warehouse,
    s_i_id integer not null references item,
    s_quantity smallint not null,
    s_dist_01 char(24) not null,
    s_dist_02 char(24) not null,
    s_dist_03 char(24) not null,
    s_dist_04 char(24) not null,
    s_dist_05 char(24) not null,
    s_dist_06 char(24) not null,
    s_dist_07 char(24) not null,
    s_dist_08 char(24) not null,
    s_dist_09 char(24) not null,
    s_dist_10 char(24) not null,
    s_ytd decimal(8, 0) not null,
    s_order_cnt smallint not null,
    s_remote_cnt smallint not null,
    s_data varchar(50) not null,
    primary key (s_w_id, s_i_id)
);

create table order_line (
    ol_w_id integer not null,
    ol_d_id smallint not null,
    ol_o_id integer not null,
    ol_number smallint not null,
    ol_i_id integer not null,
    ol_supply_w_id integer not null,
    ol_delivery_d timestamp,
    ol_quantity smallint not null,
    ol_amount decimal(6, 2) not null,
    ol_dist_info char(24) not null,
    primary key (ol_w_id, ol_d_id, ol_o_id, ol_number),
    foreign key (ol_w_id, ol_d_id, ol_o_id) references orders (o_w_id, o_d_id, o_id),
    foreign key (ol_supply_w_id, ol_i_id) references stock (s_w_id, s_i_id)
);
