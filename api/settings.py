"""What the server is told when it starts: targets, tokens, limits; never by a request."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from pathlib import Path

from starlette.requests import Request

from api.access import Token, read_tokens
from api.problems import Problem
from engine.dsn import redact
from engine.errors import Refused, UsageError
from engine.run.production import require_no_production

DEFAULT = "default"
_TARGET = re.compile(r"ENGINE_TARGET_([A-Z0-9_]{1,40})")
LIMITS = {"parallel": 2, "queue": 100, "compiling": 2, "per_minute": 600, "compile_mib": 2048, "run_mib": 8192}
"""What ENGINE_PARALLEL and its like can change."""
MOST = 1_000_000
_CHECKOUT = Path(__file__).parents[1] / "specs"
LIBRARY = _CHECKOUT if _CHECKOUT.is_dir() else Path(__file__).parent / "library"


@dataclass(frozen=True, slots=True)
class Settings:
    """Targets by name, None for the engine's own server; the rest are limits of one request, caller or process."""

    targets: Mapping[str, str | None] = field(default_factory=lambda: {DEFAULT: None})
    unproductive: tuple[str, ...] = ()  # targets that look like production and are none
    tokens: tuple[Token, ...] = ()
    origins: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ("localhost", "127.0.0.1", "::1")
    library: Path = LIBRARY
    body_bytes: int = 1 << 20
    answer_s: float = 60.0
    per_minute: int = LIMITS["per_minute"]
    state: str | None = None  # the database in which the queue is; None for the engine's own
    parallel: int = LIMITS["parallel"]  # runs at a time
    queue: int = LIMITS["queue"]  # runs that may wait
    compiling: int = LIMITS["compiling"]  # specs that are read at a time
    compile_mib: int = LIMITS["compile_mib"]
    compile_s: float = 30.0
    run_mib: int = LIMITS["run_mib"]  # of each process

    def target(self, name: str | None) -> str | None:
        """The DSN of a target, None for the engine's own. Raises Problem (422) for an unknown one."""
        wanted = name or DEFAULT
        if wanted not in self.targets:
            known = ", ".join(self.targets)
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "unknown-target", f"there are the targets {known}")
        return self.targets[wanted]

    def require_no_production(self) -> None:
        """Refuse targets that look like production and were not said to be none. Raises Refused."""
        for name, dsn in self.targets.items():
            if name not in self.unproductive:
                with refused_as(name, self.unproductive):
                    require_no_production(dsn)

    def shown(self) -> dict[str, str]:
        """The targets without their passwords."""
        return {name: redact(dsn) if dsn else "the engine's own server" for name, dsn in self.targets.items()}


@contextmanager
def refused_as(target: str, unproductive: tuple[str, ...]) -> Iterator[None]:
    """Say what is refused of a target so that whoever starts the server knows what to do."""
    try:
        yield
    except Refused as error:
        why = str(error).partition("\n")[0]
        hint = f"ENGINE_NOT_PRODUCTION={','.join((*unproductive, target))} says that it is none"
        raise Refused(f"target {target}: {why}\n  hint: {hint}") from None


def settings_of(request: Request) -> Settings:
    """What the server of a request was told."""
    settings: Settings = request.app.state.settings
    return settings


def from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """ENGINE_DSN, ENGINE_TARGET_<NAME>, ENGINE_NOT_PRODUCTION (names of targets), ENGINE_STATE, ENGINE_TOKENS (a file,
    or its lines), ENGINE_ORIGINS, ENGINE_LIBRARY (a folder), and limits.

    Raises UsageError.
    """
    targets: dict[str, str | None] = {DEFAULT: environment.get("ENGINE_DSN")}
    for key, value in sorted(environment.items()):
        if match := _TARGET.fullmatch(key):
            targets[match[1].lower()] = value
    origins, unproductive = (_listed(environment, name) for name in ("ENGINE_ORIGINS", "ENGINE_NOT_PRODUCTION"))
    limits = {name: _whole(environment, f"ENGINE_{name.upper()}", default) for name, default in LIMITS.items()}
    told = Settings(
        targets=targets,
        unproductive=unproductive,
        tokens=_tokens(environment.get("ENGINE_TOKENS", "")),
        origins=origins,
        library=Path(environment.get("ENGINE_LIBRARY", LIBRARY)),
        state=environment.get("ENGINE_STATE", environment.get("ENGINE_DSN")),
    )
    return replace(told, **limits)  # type: ignore[arg-type]  # they are its whole numbers


def _listed(environment: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in environment.get(name, "").split(",") if one.strip())


def _whole(environment: Mapping[str, str], name: str, default: int) -> int:
    said = environment.get(name, str(default))
    if not (said.isdecimal() and 0 < int(said) <= MOST):
        raise UsageError(f"{name} is a whole number from 1 to {MOST:,}")
    return int(said)


def _tokens(said: str) -> tuple[Token, ...]:
    if not said.strip():
        return ()
    if "sha256:" in said:
        return read_tokens(said.replace(";", "\n").splitlines())
    try:
        return read_tokens(Path(said).read_text(encoding="utf-8").splitlines())
    except OSError as error:
        raise UsageError(f"ENGINE_TOKENS names a file that cannot be read: {error.strerror}") from None
