"""Diagnostics of expressions: the message, the text, and the bad part of it underlined."""

from __future__ import annotations

from engine.errors import Code, Diagnostic, SpecError
from engine.expressions.syntax import Span

SHOWN = 72


def fault(code: Code, message: str, text: str, span: Span, hint: str | None = None) -> SpecError:
    """A SpecError whose message ends with the line in question and a row of carets below `span`."""
    return SpecError([Diagnostic(code, f"{message}\n{underline(text, span)}", hint=hint)])


def underline(text: str, span: Span) -> str:
    """The line of `text` that holds `span`, at most 72 characters of it, and carets below."""
    start, stop = span
    begin = text.rfind("\n", 0, start) + 1
    end = text.find("\n", start)
    line = text[begin : len(text) if end < 0 else end].replace("\t", " ")
    left = max(0, min(start - begin - SHOWN // 2, len(line) - SHOWN))
    shown = line[left : left + SHOWN]
    at = start - begin - left
    width = max(1, min(stop - start, len(shown) - at))
    return f"    {shown}\n    {' ' * at}{'^' * width}"
