-- What happens to a row after its birth: it counts its versions, and its past is kept. Nothing fires on INSERT.

-- name: next_version
create function shop.next_version() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    if new.version is distinct from old.version then
        raise exception 'version % of this row of %.% is stale: it is at version %',
            coalesce(new.version::text, 'null'), tg_table_schema, tg_table_name, old.version
            using errcode = 'serialization_failure', schema = tg_table_schema, table = tg_table_name,
                column = 'version', hint = 'Read the row again, then write it with the version that was read.';
    end if;
    new.version := old.version + 1;
    -- a writer that plays back the past says when it was; everybody else gets the transaction's moment
    if new.updated_at is not distinct from old.updated_at then
        new.updated_at := now();
    end if;
    return new;
end
$$;

-- name: write_audit
-- security definer: who may change a row need not have rights on its past
create function shop.write_audit() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    insert into shop.audit_log (table_name, row_key, operation, old_row, new_row, transaction_id)
    values (
        tg_table_name, old.id::text, tg_op, to_jsonb(old),
        case tg_op when 'UPDATE' then to_jsonb(new) end,
        pg_current_xact_id()::text::bigint
    );
    return null;
end
$$;
