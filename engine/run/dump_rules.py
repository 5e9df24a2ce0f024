"""Which statements of a dump are run, which are passed over, and which are told to be refused."""

from __future__ import annotations

import re
from enum import Enum, auto

from engine.run.dump_statements import Statement


class Treatment(Enum):
    """What is done with a statement."""

    RUN = auto()
    EXTENSION = auto()  # asked for by its name alone, by another role
    STATISTICS = auto()  # run when all tables stand
    PASS = auto()  # what tables look like does not depend on it
    REFUSE = auto()  # nothing that a schema needs


_ELSEWHERE = (
    r"ROLE|USER|GROUP|TABLESPACE|DATABASE|PUBLICATION|SUBSCRIPTION|EVENT TRIGGER|POLICY|SERVER|FOREIGN DATA WRAPPER"
    r"|(?:TRUSTED |PROCEDURAL )*LANGUAGE|ACCESS METHOD|TRANSFORM|LARGE OBJECT|DEFAULT PRIVILEGES"
)
_CREATED = (
    r"SCHEMA|(?:UNLOGGED )?TABLE|FOREIGN TABLE|TYPE|DOMAIN|SEQUENCE|(?:RECURSIVE )?VIEW|MATERIALIZED VIEW"
    r"|(?:UNIQUE )?INDEX|FUNCTION|PROCEDURE|(?:CONSTRAINT )?TRIGGER|RULE|AGGREGATE|OPERATOR|CAST|COLLATION|CONVERSION"
    r"|TEXT SEARCH|STATISTICS"
)
_NAME = r'(?:"(?:[^"]|"")+"|[\w$]+)'

RULES: tuple[tuple[Treatment, re.Pattern[str]], ...] = tuple(
    (treatment, re.compile(pattern, re.IGNORECASE | re.DOTALL))
    for treatment, pattern in (
        (Treatment.EXTENSION, r"CREATE EXTENSION\b"),
        (Treatment.RUN, r"SET (?:SESSION |LOCAL )?search_path\b"),
        (Treatment.RUN, r"SELECT pg_catalog\.set_config\('search_path', '[^']*', (?:false|true)\)\Z"),
        (Treatment.RUN, r"SELECT pg_catalog\.setval\("),
        (Treatment.STATISTICS, r"SELECT (?:\* FROM )?pg_catalog\.pg_restore_\w+_stats ?\("),
        (
            Treatment.PASS,
            r"(?:SET|RESET|GRANT|REVOKE|SECURITY LABEL|DROP|COPY [^;]* FROM stdin|INSERT INTO|BEGIN|COMMIT)\b",
        ),
        (Treatment.PASS, rf"(?:CREATE|ALTER) (?:OR REPLACE )?(?:{_ELSEWHERE})\b"),
        (Treatment.PASS, rf"COMMENT ON (?:{_ELSEWHERE}|EXTENSION)\b"),
        (Treatment.PASS, rf"ALTER [^;]* OWNER TO {_NAME}\Z"),
        (Treatment.PASS, rf"ALTER [^;]* SET TABLESPACE {_NAME}\Z"),
        (Treatment.PASS, r"(?:ALTER EXTENSION|REFRESH MATERIALIZED VIEW|ANALYZE|SELECT pg_catalog\.set_config\()"),
        (Treatment.RUN, rf"(?:CREATE (?:OR REPLACE )?|ALTER )(?:{_CREATED})\b"),
        (Treatment.RUN, r"COMMENT ON\b"),
    )
)
"""The first that fits counts; what none fits is refused. They look at a statement with single spaces."""

_LANGUAGE = re.compile(rf"\bLANGUAGE\s+{_NAME}", re.IGNORECASE)
_LIBRARY = re.compile(r"\bAS\s+'[^']*'\s*,\s*'[^']*'", re.IGNORECASE)
_AUTHORIZATION = re.compile(rf"\A(CREATE\s+SCHEMA\s.*?)\s+AUTHORIZATION\s+{_NAME}\s*\Z", re.IGNORECASE | re.DOTALL)
_MATERIALIZED = re.compile(r"\ACREATE\s+MATERIALIZED\s+VIEW\b", re.IGNORECASE)
_WITH_DATA = re.compile(r"\s+WITH\s+(?:NO\s+)?DATA\s*\Z", re.IGNORECASE)
_EXTENSION = re.compile(
    rf"CREATE EXTENSION (?:IF NOT EXISTS )?({_NAME})(?: WITH)?(?: SCHEMA ({_NAME}))?.*", re.IGNORECASE | re.DOTALL
)


def treatment_of(statement: Statement) -> Treatment:
    """What is done with it."""
    if statement.is_psqls:
        harmless = re.match(
            r"\\(?:restrict|unrestrict|connect|c|encoding|echo|set|unset|pset|timing)\b", statement.text
        )
        return Treatment.PASS if harmless else Treatment.REFUSE
    text = _plain(statement.text)
    return next((treatment for treatment, pattern in RULES if pattern.match(text)), Treatment.REFUSE)


def without_others(text: str) -> str:
    """The statement without what names a role that is not here, and without making rows."""
    if _MATERIALIZED.match(text):
        return f"{_WITH_DATA.sub('', text)}\nWITH NO DATA"
    return _AUTHORIZATION.sub(r"\1", text)


def in_known_language(text: str) -> str:
    """A function in a language that is here: its body is read when it is called, which it never is."""
    return _LIBRARY.sub("AS ''", _LANGUAGE.sub("LANGUAGE plpgsql", text, count=1), count=1)


def extension_of(text: str) -> tuple[str, str | None] | None:
    """The name of the extension that the statement asks for, and its schema; None where it cannot be read."""
    found = _EXTENSION.fullmatch(_plain(text))
    return found and (_unquoted(found[1]), found[2] and _unquoted(found[2]))


def _plain(text: str) -> str:
    return " ".join(text.split()) if len(text) < 2_000 else " ".join(text[:2_000].split())


def _unquoted(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name.lower()
