-- What a database has beside tables: triggers that change or refuse rows, rules of who sees what, views, sequences, comments.
create schema habits;

create sequence habits.numbers start with 5000 increment by 5;

create table habits.documents (
    id integer primary key default nextval('habits.numbers'),
    title text not null,
    title_upper text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

comment on table habits.documents is 'Everything that somebody wrote; "quoted": {yaml} # like';
comment on column habits.documents.title is E'What it is called\nin two lines: yes';

create function habits.touch() returns trigger language plpgsql as $$
begin
    new.updated_at := now();
    new.title_upper := upper(new.title);
    return new;
end
$$;

create trigger documents_touch before insert or update on habits.documents
for each row execute function habits.touch();

create table habits.audit (
    id bigint generated always as identity primary key,
    table_name text not null,
    row_id integer not null,
    at timestamptz not null default clock_timestamp()
);

create function habits.remember() returns trigger language plpgsql as $$
begin
    insert into habits.audit (table_name, row_id) values (tg_table_name, new.id);
    return null;
end
$$;

create trigger documents_audit after insert on habits.documents
for each row execute function habits.remember();

create function habits.no_weekend() returns trigger language plpgsql as $$
begin
    if extract(isodow from new.day) > 5 then
        raise exception 'closed on %', new.day;
    end if;
    return new;
end
$$;

create table habits.visits (
    id integer generated always as identity primary key,
    document_id integer not null references habits.documents on delete cascade,
    day date not null
);

create trigger visits_no_weekend before insert or update on habits.visits
for each row execute function habits.no_weekend();
alter table habits.visits disable trigger visits_no_weekend;

create table habits.secrets (
    id integer primary key,
    owner name not null default current_user,
    secret text not null
);

alter table habits.secrets enable row level security;
create policy own_secrets on habits.secrets using (owner = current_user);

create view habits.recent as select id, title from habits.documents where created_at > now() - interval '1 day';

create materialized view habits.counts as select count(*) as documents from habits.documents;

create unlogged table habits.cache (
    name text primary key,
    value bytea not null,
    expires_at timestamptz
);

create table habits.archive (
    id integer primary key,
    document_id integer,
    constraint archive_document foreign key (document_id) references habits.documents not valid
);

alter table habits.archive add constraint archive_positive check (id > 0) not valid;
