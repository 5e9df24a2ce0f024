"""The composer: the only package that sees the whole road, from a text to a report."""

from engine.run.fill import fate, resume, run
from engine.run.prepare import Prepared, Request, Rows, prepare

__all__ = ["Prepared", "Request", "Rows", "fate", "prepare", "resume", "run"]
