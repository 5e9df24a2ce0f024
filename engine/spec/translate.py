"""pydantic's errors → our diagnostics, in words a person would use, one for each mistake."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from engine.errors import Code, Diagnostic, Path
from engine.generators.union import NO_KIND
from engine.spec.entity import MODIFIERS
from engine.spec.expected import description_of, keys_of, models_at
from engine.spec.nearest import nearest, nearest_or_all
from engine.spec.source import Source
from engine.spec.wording import kinds_wanted, no_generator, out_of_range, range_types, shown, subject, value_hint

_KEY = "[key]"
_OWN = {code.value: code for code in Code}


def translate(
    error: ValidationError, root: type[BaseModel], source: Source, written: Mapping[Path, str], *, limit: int
) -> tuple[Diagnostic, ...]:
    """Every mistake once, at most `limit`; `written` has the texts that stood where ``{{ … }}`` was rendered."""
    translator = _Translator(root, source, written)
    details = error.errors(include_url=False)
    return _without_echoes([translator.one(group) for group in _by_mistake(details, source)[:limit]])


class _Translator:
    """Holds what a message may need beside the error itself."""

    def __init__(self, root: type[BaseModel], source: Source, written: Mapping[Path, str]) -> None:
        self.root, self.source, self.written = root, source, written

    def one(self, group: list[ErrorDetails]) -> Diagnostic:
        """The diagnostic of one mistake: several errors where each member of a union refuses the value."""
        error = group[0]
        kind, path = error["type"], self.source.real(error["loc"])
        name = self.subject(path)
        if kind == "extra_forbidden":
            return self.unknown_key(error)
        if kind == "missing":
            return self.missing(error)
        if kind == NO_KIND:
            message, hint = no_generator(name, error["input"], str(error["ctx"]["kinds"]).split(","))
            return Diagnostic(Code.NO_GENERATOR, message, path, hint)
        if kind in _OWN:
            context = error["ctx"]
            message = str(context["message"]) if _KEY in error["loc"] else f"{name}: {context['message']}"
            return Diagnostic(_OWN[kind], message, path, context.get("hint"))
        if kind in ("value_error", "assertion_error"):
            return _refused_value(name, path, error)
        if kind in range_types:
            return Diagnostic(Code.OUT_OF_RANGE, out_of_range(name, error), path)
        return self.wrong_type(group, name, path)

    def subject(self, path: Path) -> str:
        return subject(path, item=isinstance(self.source.at(path[:-1]), list))

    def unknown_key(self, error: ErrorDetails) -> Diagnostic:
        loc = error["loc"]
        known = keys_of(models_at(self.root, loc[:-1]))
        if len(loc) > 2 and loc[-3] == "generator":
            known = (*known, *MODIFIERS)
        hint = nearest_or_all(str(loc[-1]), known, nothing="this mapping takes no keys")
        return Diagnostic(Code.UNKNOWN_KEY, f"unknown key '{loc[-1]}'", self.source.real(loc), hint)

    def missing(self, error: ErrorDetails) -> Diagnostic:
        *above, key = error["loc"]
        path = self.source.real(tuple(above))
        about = description_of(models_at(self.root, tuple(above)), str(key))
        hint = f"{key}: {about[0].lower()}{about[1:]}" if about else f"add `{key}: …`"
        return Diagnostic(Code.MISSING_KEY, f"{self.subject(path)} needs '{key}'", path, hint)

    def wrong_type(self, group: list[ErrorDetails], name: str, path: Path) -> Diagnostic:
        value = group[0]["input"]
        message = f"{name} must be {kinds_wanted(group)}, not {shown(value)}"
        if group[0]["type"] == "string_pattern_mismatch":
            if _KEY in group[0]["loc"]:
                return Diagnostic(Code.BAD_NAME, f"{shown(value)} is not a name: a to z, 0 to 9 and _", path)
            message = f"{name}: {shown(value)} is not of the form that is wanted here"
        return Diagnostic(Code.WRONG_TYPE, message, path, value_hint(group, value, self.written.get(path)))


def _refused_value(name: str, path: Path, error: ErrorDetails) -> Diagnostic:
    """What a validator refused with ValueError: a scalar cannot be read, keys of a mapping do not go together."""
    message, _, hint = str(error["ctx"]["error"]).partition("; ")
    code = Code.CONFLICT if isinstance(error["input"], Mapping | list | BaseModel) else Code.BAD_UNIT
    return Diagnostic(code, f"{name}: {message}", path, hint or None)


def _by_mistake(details: Iterable[ErrorDetails], source: Source) -> list[list[ErrorDetails]]:
    """Errors that belong together: those of an untagged union's members at one value."""
    unions: dict[Path, dict[str, list[ErrorDetails]]] = {}
    groups: list[list[ErrorDetails]] = []
    for error in details:
        place, member = _union_member(error, source)
        if member is None:
            groups.append([error])
        else:
            unions.setdefault(place, {}).setdefault(member, []).append(error)
    for place, members in unions.items():
        groups.extend(_likeliest(place, members, source))
    return groups


def _union_member(error: ErrorDetails, source: Source) -> tuple[Path, str | None]:
    """Where an untagged union stands in an error's place, and which member of it complains."""
    found: Path = ()
    loc = error["loc"][:-1] if error["type"] == "missing" else error["loc"]
    for element in loc:
        step = source.real((*found, element))
        if len(step) > len(found):
            found = step
        elif isinstance(element, str) and element not in ("generator", _KEY) and not element.startswith("<"):
            return found, element
    return found, None


def _likeliest(place: Path, members: Mapping[str, list[ErrorDetails]], source: Source) -> list[list[ErrorDetails]]:
    """The complaints of the member that the author seems to have meant, else one of all members together."""
    meant = [errors for errors in members.values() if any(_inside(error, place, source) for error in errors)]
    if meant:
        best = min(meant, key=lambda errors: (-max(len(source.real(e["loc"])) for e in errors), len(errors)))
        return [[error] for error in best]
    return [[error for errors in members.values() for error in errors]]


def _inside(error: ErrorDetails, place: Path, source: Source) -> bool:
    """Whether an error says more than that the value is of another type."""
    deeper = len(source.real(error["loc"])) > len(place)
    return deeper or error["type"] in ("missing", NO_KIND, "value_error", *range_types) or error["type"] in _OWN


def _without_echoes(found: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    """`tabel:` is both an unknown key and a missing one; it is said once."""
    meant = {(d.path[:-1], d.hint) for d in found if d.code is Code.UNKNOWN_KEY}

    def echo(d: Diagnostic) -> bool:
        key = d.message.rpartition(" needs ")[2].strip("'")
        return d.code is Code.MISSING_KEY and (d.path, nearest(key, (key,))) in meant

    return tuple(d for d in found if not echo(d))
