"""One rule for each function and operator that an expression may use; ALLOWED is the whole list."""

from __future__ import annotations

from engine.expressions.rules.choices import CHOICES
from engine.expressions.rules.curves import CURVES
from engine.expressions.rules.logic import LOGIC
from engine.expressions.rules.numbers import NUMBERS
from engine.expressions.rules.texts import TEXTS
from engine.expressions.rules.times import TIMES
from engine.expressions.site import Rule

ALLOWED: dict[str, Rule] = {**LOGIC, **NUMBERS, **TEXTS, **TIMES, **CHOICES, **CURVES}
