"""The composer: the only package that sees the whole road, from a text to a report."""

from engine.run.fill import run
from engine.run.prepare import Prepared, Request, prepare

__all__ = ["Prepared", "Request", "prepare", "run"]
