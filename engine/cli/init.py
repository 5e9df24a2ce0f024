"""``engine init``: draft a spec from an existing schema."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime, timezone
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click

from engine.catalog.probe import probe
from engine.cli.options import dsn_option, json_option, parse_now
from engine.errors import Refused, UsageError
from engine.generators.fakers import locales
from engine.printable import printable
from engine.run.database import resolve
from engine.run.drafting import Drafted, Drafting, draft_of, draft_of_file


@click.command("init")
@dsn_option
@click.option("--schema", "schemas", multiple=True, metavar="NAME", help="Only tables of this schema.")
@click.option("--include", multiple=True, metavar="GLOB", help="Only tables like this, and what they need: shop.*")
@click.option("--exclude", multiple=True, metavar="GLOB", help="No tables like this: *_audit")
@click.option("--rows", type=click.IntRange(1, 10**9), help="Rows of an average table (default: 1,000).")
@click.option("--profile", is_flag=True, help="Like the rows that are there, by PostgreSQL's statistics of them.")
@click.option("--all", "fill_all", is_flag=True, help="Also fill tables that hold rows here: for an empty copy.")
@click.option(
    "--from-dump",
    "dump",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="From a file instead of a database: pg_dump --schema-only, or what --print-probe's script printed.",
)
@click.option("--print-probe", is_flag=True, help="Print a script for psql that writes such a file, and only reads.")
@click.option("--keep-personal", is_flag=True, help="Of a file: use values that look personal, too.")
@click.option("--locale", default="en_US", show_default=True, metavar="NAME", help="Names and places of, say, de_DE.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=1, show_default=True, help="The spec's seed.")
@click.option("--now", metavar="MOMENT", help="The end of the window (default: today).")
@click.option("--scenario", metavar="NAME", help="The scenario's name (default: by the file or the database).")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True), metavar="FILE",
    help="Where the spec goes; - is standard output.",
)  # fmt: skip
@json_option
def command(dsn: str | None, output: Path | None, **how: Any) -> None:
    """Look at the tables of a database, and draft a spec that fills them. Nothing is written to the database."""
    if how["print_probe"]:
        click.echo(probe(), nl=False)
        return
    if output is None:
        raise UsageError("where does the spec go? say -o FILE, or -o - for standard output")
    if str(output) != "-" and output.exists() and not how["force"]:
        raise Refused(f"{output} is there already\n  hint: --force writes over it")
    asked = _asked(output, how)
    drafted = asyncio.run(_draft(dsn, how["dump"], asked))
    if str(output) == "-":
        click.echo(drafted.text, nl=False)
    else:
        try:
            output.write_text(drafted.text, encoding="utf-8")
        except OSError as error:
            raise UsageError(f"cannot write {output}: {error.strerror}") from None
    tell(drafted, output, dsn)


async def _draft(dsn: str | None, dump: Path | None, asked: Drafting) -> Drafted:
    if dump is not None:
        return await draft_of_file(dump, asked)
    return await draft_of(await resolve(dsn), asked)


def _asked(output: Path, how: dict[str, Any]) -> Drafting:
    now = parse_now(how["now"]) or datetime.now(timezone.utc)
    return Drafting(
        today=now.date(),
        schemas=tuple(how["schemas"]),
        include=tuple(how["include"]),
        exclude=tuple(how["exclude"]),
        rows=how["rows"],
        scenario=_name(how["scenario"] or ("draft" if str(output) == "-" else output.stem)),
        seed=how["seed"],
        locale=_locale(how["locale"]),
        profile=how["profile"],
        fill_all=True if how["fill_all"] else None,
        keep_personal=how["keep_personal"],
    )


def _locale(name: str) -> str:
    """The locale, if there are names and places of it. Raises UsageError."""
    if name not in locales():
        near = get_close_matches(name, locales(), 1)
        hint = f"did you mean {near[0]}?" if near else "locales look like de_DE"
        raise UsageError(f"--locale: '{name}' is not a locale of Faker's\n  hint: {hint}")
    return name


def _name(text: str) -> str:
    """A scenario's name, as specs write them."""
    plain = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
    return (plain if plain[:1].isalpha() else f"draft_{plain}".strip("_"))[:63]


def tell(drafted: Drafted, output: Path, dsn: str | None) -> None:
    """Say what was drafted, what the author should look at, and what to do next."""
    held = f", {drafted.held} more with rows that others point to" if drafted.held else ""
    tables = f"{drafted.filled} table{'s' if drafted.filled != 1 else ''}"
    click.secho(f"drafted {tables} to fill{held}", fg="green", err=True)
    for note in drafted.notes:
        click.secho(f"  {printable(' '.join(note.split()))}", fg="yellow", err=True)
    if str(output) != "-":
        where = " --dsn …" if dsn is not None else ""
        click.echo(f"next:  engine validate {output}{where}\n       engine run {output}{where}", err=True)
