"""The terminal shell: parses, calls, prints; the only package that does."""

from engine.cli.main import main

__all__ = ["main"]
