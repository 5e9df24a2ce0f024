-- sqlfluff:exclude_rules:references.keywords,references.quoting,references.special_chars
-- Names that PostgreSQL allows and people regret, and names that mean something to a program that reads them.
create schema "Odd Names";

create table "Odd Names"."Order" (
    "Id" integer primary key,
    "group" text not null,
    "select" integer not null,
    "User Name" text not null,
    "naïve" text not null,
    "日付" date not null,
    "with""quote" text not null,
    "dotted.name" integer not null,
    "{{ braces }}" text not null,
    "null" text,
    "true" boolean not null,
    "yes" boolean not null,
    "1st" integer not null,
    "trailing " text not null,
    "a-b" integer not null,
    "$dollar" integer not null,
    "per%cent" numeric(5, 2) not null,
    "#hash: value" text not null,
    "'single'" text not null,
    "check" integer not null check ("check" > 0)
);

create table "Odd Names"."order" (
    id integer primary key,
    "Order Id" integer not null references "Odd Names"."Order"
);

create table "Odd Names"."ORDER LINES" (
    "order" integer not null references "Odd Names"."order" (id),
    "Order" integer not null references "Odd Names"."Order" ("Id"),
    primary key ("order", "Order")
);

-- names that the engine's own language has a meaning for
create table "Odd Names".entities (
    id integer primary key,
    "row" integer not null,
    moment timestamptz not null,
    per integer not null,
    count integer not null,
    "table" text not null,
    columns text not null,
    reference integer not null,
    choice text not null,
    expr text not null,
    keep boolean not null,
    hidden boolean not null,
    virtual boolean not null,
    faults text not null,
    rank integer not null,
    seed bigint not null,
    "window" tsrange not null,
    traits text not null,
    "case" text not null,
    "when" text not null,
    "else" text not null,
    "end" date not null,
    "references" integer not null references "Odd Names".entities,
    parent integer references "Odd Names".entities,
    "distinct" text not null
);

create table "Odd Names".ein_name_der_so_lang_ist_wie_er_nur_sein_darf_in_dieser_datenbank (
    ein_spaltenname_der_so_lang_ist_wie_er_nur_sein_darf_und_mehr_n integer primary key
);

create table "Odd Names"."таблица" (
    "ключ" integer primary key,
    "имя" text not null
);

create table "Odd Names"."null" (
    "null" integer primary key
);

create table "Odd Names"."on" (
    "off" integer primary key references "Odd Names"."null",
    "~" text not null
);
