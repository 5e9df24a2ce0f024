"""Before columns are compiled: which of them take their draws together."""

from __future__ import annotations

from engine.errors import Code, SpecError, wrong
from engine.generators import DISTRIBUTIONS
from engine.generators.choice import Choice
from engine.generators.correlation import Correlation
from engine.plan.draft import Draft, EntityDraft, listed, nearest


def correlate_columns(draft: Draft) -> None:
    """Give each column of a group its draw; report groups that cannot be."""
    for entity in draft.entities.values():
        for name, group in entity.spec.correlations.items():
            place = ("entities", entity.name, "correlations", name)
            try:
                _require_drawn(entity, group)
                entity.correlated.update(group.draws(draft.key(entity.name, "correlations", name)))
            except SpecError as error:
                draft.report(error, *place)


def _require_drawn(entity: EntityDraft, group: Correlation) -> None:
    for number, name in enumerate(group.columns):
        path, column = ("columns", number), entity.columns.get(name)
        if column is None:
            hint = nearest(name, entity.columns) or f"there are {listed(entity.columns)}"
            raise wrong(Code.UNKNOWN_COLUMN, f"'{entity.name}' has no column '{name}'", path=path, hint=hint)
        if not isinstance(column.generator, (Choice, *DISTRIBUTIONS)) or column.unique:
            message = f"'{name}' is not drawn from a law or a choice, so nothing can go together with it"
            hint = "take a hidden column with a law, and make this one from it"
            raise wrong(Code.WRONG_KIND, message, path=path, hint=hint)
        if name in entity.correlated:
            raise wrong(Code.CONFLICT, f"'{name}' is in two groups", path=path, hint="make one group of them")
