"""A run on a server: posted to `engine serve`, followed by its events, ended by its report."""

from engine.remote.follow import run_there
from engine.remote.server import Server, server_at

__all__ = ["Server", "run_there", "server_at"]
