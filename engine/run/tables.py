"""Before a run: whether there is room for its rows, and what it may empty to make some."""

from __future__ import annotations

from collections.abc import Mapping

from engine.batch import TableId
from engine.dsn import Connection
from engine.errors import Refused
from engine.ledger import RunLedger
from engine.plan.model import Plan
from engine.run.prepare import Rows
from engine.sink.empty import count, holding_rows, truncate
from engine.sink.rights import require_insert, require_writable


def tables_of(plan: Plan) -> tuple[TableId, ...]:
    """The tables that a plan fills, once each, in loading order."""
    return tuple(dict.fromkeys(TableId(one.table.schema, one.table.name) for one in plan.filled))


async def require_rights(connection: Connection, plan: Plan) -> None:
    """Make sure that we may write every column that the plan fills. Raises Refused."""
    await require_writable(connection)
    await require_insert(connection, [(one.table, one.written) for one in plan.filled])


async def require_room(connection: Connection, plan: Plan, rows: Rows) -> None:
    """Make sure that the plan's tables are empty, or empty them; an append needs none. Raises Refused."""
    if rows is Rows.APPEND:
        return
    tables = tables_of(plan)
    full = await holding_rows(connection, tables)
    if not full:
        return
    if rows is Rows.REFUSE:
        raise Refused(
            f"{', '.join(map(str, full))} hold{'s' if len(full) == 1 else ''} rows already\n"
            "  hint: --append adds to them, --fresh empties what the spec fills, after asking"
        )
    await truncate(connection, tables)


async def require_own_rows(connection: Connection, plan: Plan, committed: Mapping[str, int]) -> None:
    """Make sure that the plan's tables hold what the run committed, and nothing else. Raises Refused."""
    wanted = dict.fromkeys(tables_of(plan), 0)
    for one in plan.filled:
        wanted[TableId(one.table.schema, one.table.name)] += committed.get(one.name, 0)
    for table, rows in wanted.items():
        found = await count(connection, table)
        if found != rows:
            raise Refused(
                f"{table} holds {found:,} rows, and the run committed {rows:,}: they are not its rows alone any more\n"
                "  hint: `engine run --fresh` empties the tables and makes the run from the beginning"
            )


async def require_no_suspensions(ledger: RunLedger, plan: Plan) -> None:
    """Refuse to begin while another run's constraints on these tables are still suspended. Raises Refused."""
    tables = {(t.schema, t.name) for t in tables_of(plan)}
    for run, one in await ledger.suspended():
        if (one["schema"], one["table"]) in tables:
            raise Refused(
                f"run {run} was killed and left {one['kind']} {one['name']} of "
                f"{one['schema']}.{one['table']} suspended\n"
                f"  hint: `engine resume {run}` finishes it, `engine repair` brings the constraints back"
            )
