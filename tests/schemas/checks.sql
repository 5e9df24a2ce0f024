-- CHECKs of every kind that people write, from the plain to the hardly solvable.
create schema checks;

create table checks.plain (
    id integer primary key,
    age integer not null check (age >= 0 and age < 130),
    rating smallint not null check (rating between 1 and 5),
    discount numeric(4, 3) not null check (discount >= 0 and discount <= 0.5),
    temperature real not null check (temperature > -273.15),
    status text not null check (status in ('new', 'paid', 'sent')),
    state varchar(10) not null check (state = any(array['on', 'off'])),
    priority integer not null check (priority = 1 or priority = 2 or priority = 3),
    flag boolean not null check (flag is not null),
    not_zero integer not null check (not_zero <> 0),
    not_these text not null check (not_these not in ('root', 'admin')),
    even integer not null check (even % 2 = 0),
    constant integer not null check (constant = 42)
);

create table checks.texts (
    id integer primary key,
    not_empty text not null check (not_empty <> ''),
    trimmed text not null check (trimmed = trim(trimmed) and length(trimmed) > 0),
    short text not null check (length(short) <= 10),
    between_lengths text not null check (char_length(between_lengths) between 3 and 20),
    exact text not null check (length(exact) = 8),
    lowered text not null check (lowered = lower(lowered)),
    uppered varchar(12) not null check (uppered = upper(uppered)),
    slug text not null check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    hex_color char(7) not null check (hex_color ~* '^#[a-f0-9]{6}$'),
    email text not null check (email like '%_@_%.__%'),
    url text not null check (url ~ '^https?://'),
    similar_to text not null check (similar_to similar to '(abc|def)[0-9]{2}'),
    no_spaces text not null check (no_spaces !~ '\s'),
    prefixed text not null check (prefixed like 'INV-%'),
    phone text check (phone is null or phone ~ '^\+[1-9]\d{1,14}$')
);

create table checks.pairs (
    id integer primary key,
    starts_on date not null,
    ends_on date,
    check (ends_on is null or ends_on >= starts_on),
    low integer not null,
    high integer not null,
    check (low <= high),
    created_at timestamptz not null,
    updated_at timestamptz not null,
    deleted_at timestamptz,
    check (created_at <= updated_at),
    check (deleted_at is null or deleted_at >= created_at),
    minimum numeric(10, 2),
    maximum numeric(10, 2),
    check (minimum is null or maximum is null or minimum < maximum),
    amount numeric(10, 2) not null,
    paid numeric(10, 2) not null default 0,
    check (paid >= 0 and paid <= amount),
    one integer not null,
    other integer not null,
    check (one <> other),
    parent_id integer references checks.pairs,
    check (parent_id <> id)
);

create table checks.exclusive (
    id integer primary key,
    email text,
    phone text,
    check (email is not null or phone is not null),
    person_id integer,
    company_id integer,
    check ((person_id is null) <> (company_id is null)),
    first integer,
    second integer,
    third integer,
    check (num_nonnulls(first, second, third) = 1),
    latitude double precision,
    longitude double precision,
    check ((latitude is null and longitude is null) or (latitude is not null and longitude is not null)),
    check (latitude between -90 and 90),
    check (longitude between -180 and 180)
);

create table checks.conditional (
    id integer primary key,
    status text not null check (status in ('draft', 'published', 'archived')),
    published_at timestamptz,
    check (status <> 'published' or published_at is not null),
    kind text not null check (kind in ('card', 'cash')),
    card_number text,
    check ((kind = 'card' and card_number is not null) or (kind = 'cash' and card_number is null)),
    method text not null check (method in ('percent', 'amount')),
    value numeric(8, 2) not null check (value > 0),
    check (case when method = 'percent' then value <= 100 else true end),
    active boolean not null,
    closed_on date,
    check (active = (closed_on is null)),
    check (not (status = 'archived' and active))
);

create table checks.dates (
    id integer primary key,
    birthday date not null check (birthday < current_date and birthday > '1900-01-01'),
    in_this_decade timestamptz not null check (in_this_decade >= '2020-01-01' and in_this_decade < '2030-01-01'),
    month_start date not null check (extract(day from month_start) = 1),
    weekday date not null check (extract(isodow from weekday) < 6),
    span interval not null check (span > interval '0' and span <= interval '30 days'),
    year integer not null check (year >= 1888 and year <= 2100),
    month smallint not null check (month between 1 and 12),
    day smallint check (day between 1 and 31)
);

create table checks.structured (
    id integer primary key,
    payload jsonb not null check (jsonb_typeof(payload) = 'object'),
    tags text [] not null check (cardinality(tags) between 1 and 3),
    matrix integer [] not null check (array_length(matrix, 1) = 3),
    octets bytea not null check (octet_length(octets) = 16),
    address inet not null check (family(address) = 4),
    quantity integer not null,
    unit_price numeric(10, 2) not null,
    total numeric(14, 2) not null,
    check (total = quantity * unit_price),
    quarters integer [] not null check (array_position(quarters, null) is null)
);
