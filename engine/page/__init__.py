"""A preview, or a run beside its plan → one page that needs no network and no script; or one picture."""

from engine.page.build import page_of
from engine.page.html import html
from engine.page.picture import picture

__all__ = ["html", "page_of", "picture"]
