"""The options that every command which reads a spec takes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, TypeVar

import click

from engine.errors import Code, Diagnostic, Location, SpecError, UsageError
from engine.run import Request
from engine.spec.without import KEY
from engine.units import parse_moment

Function = TypeVar("Function", bound=Callable[..., Any])
MAX_SPEC_BYTES = 4 << 20


def reads_spec(function: Function) -> Function:
    """SPEC --dsn --set --seed --now --json."""
    return _with_options(function, required=True)


def reads_spec_if_any(function: Function) -> Function:
    """The same where SPEC may be left out."""
    return _with_options(function, required=False)


def _with_options(function: Function, *, required: bool) -> Function:
    for option in reversed(
        (
            click.argument("spec", required=required, type=click.Path(path_type=Path)),
            dsn_option,
            click.option("--set", "assignments", multiple=True, metavar="NAME=VALUE", help="Override a parameter."),
            click.option("--seed", type=click.IntRange(0, 2**63 - 1), help="Override the spec's seed."),
            click.option(
                "--now",
                metavar="MOMENT",
                help="The clock for `today` and `now` (default: now).",
            ),
            click.option(
                KEY,
                multiple=True,
                metavar="EVENT",
                expose_value=False,
                callback=_leave_out,
                help="The same world without this event, such as storefront.black_friday.",
            ),
            json_option,
        )
    ):
        function = option(function)
    return function


dsn_option = click.option(
    "--dsn", envvar="ENGINE_DSN", metavar="URL", help="The database (or ENGINE_DSN); else the engine's own PostgreSQL."
)
ledger_option = click.option(
    "--ledger",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Keep the ledger in a file of yours, and not in schema engine of the database.",
)
json_option = click.option(
    "--json", "as_json", is_flag=True, help="The last line of standard output is one JSON object."
)


def _leave_out(context: click.Context, _: click.Parameter, events: tuple[str, ...]) -> None:
    """Keep the events until the request is made, which every command does."""
    context.meta[KEY] = ",".join(events)


def read_spec(path: Path) -> str:
    """The text of a spec file. Raises SpecError (YAML_UNREADABLE, YAML_TOO_BIG, YAML_ENCODING)."""
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_SPEC_BYTES + 1)
    except OSError as error:
        raise _about(path, Code.YAML_UNREADABLE, f"cannot read the spec: {error.strerror}", _library(path)) from None
    if len(raw) > MAX_SPEC_BYTES:
        raise _about(path, Code.YAML_TOO_BIG, f"the spec is larger than {MAX_SPEC_BYTES >> 20} MiB", None)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _about(path, Code.YAML_ENCODING, f"the spec is not UTF-8 (byte {error.start + 1})", None) from None


def parse_assignments(assignments: tuple[str, ...]) -> dict[str, str]:
    """``--set`` texts as a mapping. Raises UsageError where one has no ``=``."""
    found: dict[str, str] = {}
    for text in assignments:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise UsageError(f"--set {text}: write NAME=VALUE, such as --set orders=2_000_000")
        found[name.strip()] = value
    return found


def request_of(spec: Path, assignments: tuple[str, ...], seed: int | None, now: str | None) -> Request:
    """What the common options ask for. Raises SpecError, UsageError."""
    clock = parse_now(now) or datetime.now(timezone.utc)
    overrides = parse_assignments(assignments)
    if left_out := click.get_current_context().meta.get(KEY):
        overrides[KEY] = left_out
    return Request(read_spec(spec), str(spec), overrides, seed, clock)


def parse_now(text: str | None) -> datetime | None:
    """``--now``; a moment without an offset is UTC. Raises UsageError."""
    if text is None:
        return None
    try:
        moment = parse_moment(text).wall
    except ValueError as error:
        raise UsageError(f"--now: {error}") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def _about(path: Path, code: Code, message: str, hint: str | None) -> SpecError:
    return SpecError([Diagnostic(code, message, hint=hint, location=Location(str(path), 1, 1))])


def _library(path: Path) -> str | None:
    """The specs beside a path that is none, in it, and in the folder ``specs/``; at most 8."""
    near = [found for folder in (path.parent, path, Path("specs")) for found in sorted(folder.glob("*.y*ml"))]
    specs = list(dict.fromkeys(str(found) for found in near if _is_spec(found)))
    return f"there are {', '.join(specs[:8])}" if specs else None


def _is_spec(path: Path) -> bool:
    try:
        with path.open("rb") as text:
            return any(line.startswith(b"scenario:") for line in text.read(4096).splitlines())
    except OSError:
        return False
