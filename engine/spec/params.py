"""Parameters: declared once under ``params:``, overridden by ``--set``, used as ``{{ name }}`` in any value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.errors import Code, Diagnostic, Path, SpecError, wrong
from engine.spec.arithmetic import RESERVED, is_template, render
from engine.spec.nearest import nearest_or_all
from engine.spec.scalars import Scalar, resolve_argument, spelled

MAX_PARAMS = 1000
MAX_MISTAKES = 100
MAX_RENDERED = 4 << 20
"""Characters that all values of a spec may have together after rendering."""


@dataclass(frozen=True, slots=True, eq=False)
class Rendered:
    """A spec's data with every ``{{ … }}`` outside templates replaced; `written` keeps what stood there.

    `broken` are the paths whose value is not known, because it or a parameter in it is wrong.
    """

    data: object
    params: Mapping[str, Scalar]
    written: Mapping[Path, str]
    broken: frozenset[Path]
    diagnostics: tuple[Diagnostic, ...]


def render_params(data: object, overrides: Mapping[str, str]) -> Rendered:
    """Resolve ``params:`` in order, earlier ones visible to later ones, then every other value."""
    walk = _Walk()
    declared = data.get("params") if isinstance(data, dict) else None
    declared = declared if isinstance(declared, dict) else {}
    walk.declare(declared, walk.overridden(declared, overrides))
    rendered = walk.value(data, ())
    if isinstance(rendered, dict) and "params" in rendered and isinstance(rendered["params"], dict):
        rendered["params"] = dict(walk.params)
    return Rendered(rendered, walk.params, walk.written, frozenset(walk.broken), tuple(walk.found))


@dataclass(slots=True)
class _Walk:
    """Goes over the data once; grows while it goes."""

    params: dict[str, Scalar] = field(default_factory=dict)
    written: dict[Path, str] = field(default_factory=dict)
    broken: set[Path] = field(default_factory=set)
    failed: list[str] = field(default_factory=list)
    found: list[Diagnostic] = field(default_factory=list)
    rendered: int = 0

    def overridden(self, declared: Mapping[str, object], overrides: Mapping[str, str]) -> dict[str, object]:
        """The declarations with ``--set`` applied; names that are not declared are reported."""
        values = dict(declared)
        for name, text in overrides.items():
            if name not in declared:
                hint = nearest_or_all(name, declared, nothing="the spec declares no `params:`")
                self.say(Code.PARAM_UNKNOWN, f"--set {name}: there is no parameter '{name}'", ("params",), hint)
                continue
            try:
                values[name] = resolve_argument(text)
            except ValueError as error:
                self.say(Code.PARAM_VALUE, f"--set {name}: {error}", ("params", name))
        return values

    def declare(self, declared: Mapping[str, object], values: Mapping[str, object]) -> None:
        """Evaluate the declarations one after the other. Raises SpecError where they are too many."""
        if len(declared) > MAX_PARAMS:
            raise wrong(Code.YAML_TOO_BIG, f"{len(declared):_} parameters; at most {MAX_PARAMS:_}", path=("params",))
        for name, value in values.items():
            path = ("params", name)
            if name in RESERVED:
                self.say(Code.BAD_NAME, f"'{name}' is a word of {{{{ }}}}, so no parameter can be called so", path)
            if isinstance(value, dict | list):
                self.say(Code.PARAM_VALUE, f"the parameter '{name}' is a list or mapping; it must be one value", path)
                self.fail(name)
                continue
            self.params[name] = self.text(value, path) if isinstance(value, str) else value  # type: ignore[assignment]
            if path in self.broken:
                self.fail(name)
            default = declared[name]
            if value is not default and not is_template(str(default)) and _kind(value) != _kind(default) != "nothing":
                message = f"--set {name}: '{name}' is {_kind(default)}, not {_kind(value)}"
                self.say(Code.PARAM_VALUE, message, path, f"the spec says {spelled(default)}")  # type: ignore[arg-type]
                self.fail(name)

    def fail(self, name: str) -> None:
        """A stand-in for a parameter without a value, so that its users are read on."""
        self.params[name] = 0
        self.failed.append(name)

    def value(self, data: object, path: Path) -> object:
        """The data below `path`, rendered; parameters themselves and templates stay as they are."""
        if isinstance(data, dict):
            for key in data:
                if isinstance(key, str) and is_template(key) and not _names_columns(path):
                    self.broken.add((*path, key))
                    self.say(Code.PARAM_FORBIDDEN, "{{ }} stands in values, not in keys", (*path, key))
            return {key: self.value(inner, (*path, key)) for key, inner in data.items()}
        if isinstance(data, list):
            return [self.value(inner, (*path, i)) for i, inner in enumerate(data)]
        if isinstance(data, str) and is_template(data) and not _left_alone(path):
            return self.text(data, path)
        return data

    def text(self, text: str, path: Path) -> Scalar:
        """One text, rendered if it has to be; what is wrong with it is reported and the text stays."""
        if not is_template(text):
            return text
        self.written[path] = text
        if any(name in text for name in self.failed):
            self.broken.add(path)
        if len(self.found) > MAX_MISTAKES:  # enough to mend first; each would be compared with every known name
            self.broken.add(path)
            return text
        try:
            value = render(text, self.params)
        except SpecError as error:
            self.broken.add(path)
            self.found.extend(error.under(*path).diagnostics)
            return text
        self.rendered += len(value) if isinstance(value, str) else 0
        if self.rendered > MAX_RENDERED:
            raise SpecError([Diagnostic(Code.PARAM_VALUE, f"more than {MAX_RENDERED:_} characters of text", path)])
        return value

    def say(self, code: Code, message: str, path: Path, hint: str | None = None) -> None:
        """Report and go on."""
        self.found.append(Diagnostic(code, message, path, hint))


def _left_alone(path: Path) -> bool:
    """Templates belong to their generator; a column that is called `template` does not make one."""
    column = (len(path) == 4 and path[0] == "entities" and path[2] == "columns") or path[:1] + path[3:] == ("traits",)
    return path[:1] == ("params",) or (path[-1:] == ("template",) and not column)


def _kind(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true or false"
    return "a number" if isinstance(value, int | float) else "text"


def _names_columns(path: Path) -> bool:
    """Whether the keys here are the names of a table's columns, which PostgreSQL lets be anything."""
    below = path[2:]
    return path[:1] == ("entities",) and (below == ("columns",) or (below[:1] + below[2:]) == ("references", "as"))
