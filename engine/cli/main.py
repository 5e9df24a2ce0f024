"""``engine``: one group of commands, each loaded when it is called."""

from __future__ import annotations

import gc
import json
import sys
from importlib import import_module

import click

from engine.cli.failures import as_report, tell
from engine.errors import EngineError

COMMANDS = {
    "init": ("engine.cli.init", "Draft a spec from an existing schema."),
    "run": ("engine.cli.run", "Compile, load, check, report."),
    "resume": ("engine.cli.resume", "Finish a run that was stopped or killed."),
    "validate": ("engine.cli.validate", "Say what is wrong with a spec."),
    "plan": ("engine.cli.plan", "Say what a run would do, and why."),
    "preview": ("engine.cli.preview", "Show rows and the shape of time before anything is loaded."),
    "schema": ("engine.cli.schema", "Print the JSON Schema of the language."),
    "db": ("engine.cli.db", "The database: start, stop, status, url, reset, upgrade, downgrade."),
    "clean": ("engine.cli.clean", "Remove exactly what a run made."),
    "runs": ("engine.cli.runs", "List what was run."),
    "report": ("engine.cli.report", "Show what a run planned beside what it left."),
    "serve": ("api.command", "Serve the API over HTTP."),
    "repair": ("engine.cli.repair", "Restore constraints that a killed run left suspended."),
}


class Commands(click.Group):
    """A group that imports a command's module only when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """The commands, in the order people meet them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of this name."""
        if cmd_name not in COMMANDS:
            return None
        gc.disable()  # imports make no garbage, and a tenth of a second goes into looking for it
        command: click.Command = import_module(COMMANDS[cmd_name][0]).command
        gc.freeze()
        gc.enable()
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The commands and what they do, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="scenario-engine", prog_name="engine")
def engine() -> None:
    """Write a story as YAML; get a PostgreSQL full of rows that keep every promise of it."""


def main() -> None:
    """Run a command and end with its exit code: 0 good, 1 failed, 2 wrong, 3 found, 4 refused, 130 interrupted."""
    try:
        sys.exit(engine.main(standalone_mode=False) or 0)
    except click.exceptions.Exit as leaving:
        sys.exit(leaving.exit_code)
    except BrokenPipeError:
        sys.exit(1)
    except (EngineError, click.ClickException, click.Abort, KeyboardInterrupt) as error:
        code = tell(error)
        if "--json" in sys.argv[1:]:
            click.echo(json.dumps(as_report(error), ensure_ascii=False))
        sys.exit(code)
