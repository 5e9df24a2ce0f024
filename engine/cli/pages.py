"""``--html FILE`` and ``--png FILE``: pages to look at, written by the commands that show something."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import click

from engine.errors import UsageError
from engine.preview import Preview
from engine.preview.actual import Actual

_file = click.Path(dir_okay=False, path_type=Path)
html_option = click.option("--html", type=_file, metavar="FILE", help="Write a page that needs no network.")
png_option = click.option("--png", type=_file, metavar="FILE", help="Write the charts of the timelines as a picture.")


def write_pages(seen: Preview, actual: Actual | None, html: Path | None, png: Path | None) -> None:
    """Write what was asked for. Raises UsageError for a file that cannot be written.

    The drawing program takes a second to start, so only who wants a page imports it.
    """
    if html is None and png is None:
        return
    page = import_module("engine.page")
    if html is not None:
        _write(html, page.html(page.page_of(seen, actual)).encode())
    if png is not None:
        _write(png, page.picture(seen, actual))


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None
    click.echo(f"{path}: {len(content) / 1000:,.0f} kB", err=True)
