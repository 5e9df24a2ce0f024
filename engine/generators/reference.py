"""A column that points to a row of another entity."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from engine.errors import Code, Diagnostic, SpecError, wrong
from engine.generators.base import Context, Generator, Scope, Target
from engine.generators.capacity import seats
from engine.generators.condition import compile_condition, condition_reads
from engine.generators.deal import Deal
from engine.generators.fit import Fit
from engine.generators.instants import require_moment
from engine.generators.pick import DealtPick, Picker, UniformPick, WeightedPick, ZipfPick, evenly, growing
from engine.generators.pointing import ReferenceKernel, written
from engine.generators.popularity import Popularity
from engine.generators.tree import planted
from engine.generators.zipf import ZipfLaw
from engine.types import ColumnPath, PgType

MOST_ROWS = 1 << 40
"""More than there are of any entity whose rows are counted first."""


class Reference(Generator):
    """A row of another entity: ``{reference: customers, pick: {zipf: 0.7}, existing_at: placed_at}``.

    Guarantees that the parent exists, with `existing_at` that it existed at that moment, with `distinct_within` that
    siblings of one parent differ, with `same` that both hang on the same row: an assignee of the ticket's own tenant,
    ``{reference: users, same: tenant_id}``. In a tree rows point to rows of their own entity, and the roots to none:
    ``parent_id: {reference: categories, pick: {tree: {roots: 5, branching: 3}}}``; `level` and `path` tell where a row
    is. With `capacity` so many rows at most point to each, whatever is drawn: a course with 30 seats, ``capacity: 30``,
    or as many as its column says, ``capacity: seats``.

    Several entities of one table are a list, ``{reference: [companies, people]}``: one of them is drawn by how many
    rows each has (at that moment, with `existing_at`), and a row of it as everything else says.

    Where it picks ``even`` the rows point to those of the other entity in turn, so that all have equally many; others
    may then pick among those that have the `same`.

    With `where` only rows for which a condition on their columns holds are picked, ``where: "role = 'agent'"``, as
    those columns are at the end of the window, or with `existing_at` as they were then: ``where: "status <> 'closed'"``
    leaves out who had gone. With `differs_from` never the row that another reference of the same row has. Both cost a
    draw and a look at the picked row for each try, up to 49, and what is still open then is drawn, by weight if there
    is one, among all that fit (up to 385 tries where rows fit at some moments only). Where none does the run fails.

    Costs one recomputed key for each row; where the rows pointed to are made `per` others or thinned out by `keep`,
    they are counted once beforehand. Refuses a population that is empty at the first moment, a `distinct_within` of
    more siblings than rows, and more rows than there are seats.
    """

    kind: ClassVar[str] = "reference"
    reference: str | Annotated[tuple[str, ...], Field(min_length=2, max_length=16, strict=False)] = Field(
        description="The entity to point to, or several of one table: [companies, people]."
    )
    pick: Literal["uniform", "even"] | Popularity = Field(
        "uniform",
        description="uniform, even, {zipf: exponent}, {weight: {column, max}}, or {tree: {roots, branching}}.",
    )
    existing_at: str | None = Field(
        None, min_length=1, description="A moment column; only rows that exist then are picked."
    )
    distinct_within: str | None = Field(
        None, min_length=1, description="The column of `per … as`: its children pick different rows."
    )

    same: str | None = Field(
        None,
        pattern=r"^\w+(\.\w+)*$",
        description="A column, perhaps through a reference, that leads to the row which both hang on: tenant_id.",
    )

    capacity: Annotated[int, Field(ge=1, le=1 << 40)] | Annotated[str, Field(pattern=r"^\w+$")] | None = Field(
        None, description="So many rows at most point to each: a number, or a column of the entity pointed to."
    )
    where: str | None = Field(None, min_length=1, description="A condition on the other row's columns: role = 'agent'.")
    differs_from: str | None = Field(
        None, pattern=r"^\w+(\.\w+)*$", description="Another reference to the same entity; never the row that it has."
    )
    comes_after: str | None = Field(
        None, description="Another reference to the same entity, dealt out together with it: a row of a larger key."
    )

    def reads(self) -> tuple[ColumnPath, ...]:
        """The moment, the common row and the other reference that it looks at."""
        said = (self.existing_at, self.same, self.differs_from)
        return tuple(tuple(path.split(".")) for path in said if path)

    @property
    def entity(self) -> str:
        """The entity that it points to; only once it is one."""
        assert isinstance(self.reference, str)
        return self.reference

    def links(self) -> str | None:
        """The entity that it points to, if it is one."""
        return self.reference if isinstance(self.reference, str) else None

    def target_columns(self) -> tuple[str, ...]:
        """The column that weighs the target's rows, and the one that says how many may point to each."""
        if isinstance(self.capacity, str):
            return (self.capacity,)
        if isinstance(self.pick, str) or self.pick.weight is None:
            return ()
        return (self.pick.weight.column,)

    def target_reads(self) -> tuple[ColumnPath, ...]:
        """What the condition reads of the target's rows."""
        return condition_reads(self.where) if self.where else ()

    def result(self, scope: Scope) -> PgType:
        """The type of the target's key."""
        raise NotImplementedError  # the planner knows the target's key

    def compile(self, context: Context) -> ReferenceKernel:
        """Choose the picker. Raises SpecError: INFEASIBLE, NO_MOMENT, CONFLICT."""
        if self.comes_after is not None:
            raise wrong(
                Code.CONFLICT,
                "`comes_after` is for two references that are dealt out together",
                path=("comes_after",),
                hint=f"add distinct: [[{self.comes_after}, {context.column}]] to the entity",
            )
        target = context.scope.target(self.entity, context.column)
        if target.count == 0:
            message = f"'{self.entity}' has no rows to point to"
            hint = f"give '{self.entity}' a `count` above 0"
            raise SpecError([Diagnostic(Code.INFEASIBLE, message, ("reference",), hint, most=0)])
        self._require_moments(context.scope, target)
        if self.distinct_within and self.distinct_within != context.scope.parent_column():
            raise wrong(
                Code.CONFLICT,
                f"distinct_within: {self.distinct_within} is not the column that `per … as` fills",
                path=("distinct_within",),
                hint=f"write {context.scope.parent_column()}" if context.scope.parent_column() else None,
            )
        turns = self._require_common(context, target)
        picker = self._picker(target, context)
        return ReferenceKernel(
            target=target,
            column=context.column,
            where=f"{context.entity}.{context.column}",
            picker=picker,
            key=context.key,
            existing_at=self.reads()[0] if self.existing_at else None,
            distinct=self.distinct_within is not None,
            timezone=context.window.timezone,
            same=tuple(self.same.split(".")) if self.same else None,
            turns=turns,
            fit=self._fit(context, target, picker),
        )

    def places(self, context: Context) -> int | None:
        """As many as there are rows to point to, where they are numbered beforehand."""
        if self.links() is None:
            return None
        target = context.scope.target(self.entity, context.column)
        return None if target.chain else target.count

    def dealt(self, context: Context, deal: Deal) -> ReferenceKernel:
        """Each row points where its digit says. Raises SpecError (CONFLICT) for what wants to choose otherwise."""
        pair = ("differs_from", "comes_after") if deal.pair is not None and deal.second else ()
        for key in ("existing_at", "distinct_within", "same", "where", "differs_from", "comes_after", "capacity"):
            if getattr(self, key) and key not in pair:
                raise wrong(Code.CONFLICT, f"`{key}` and `distinct` do not go together", path=(key,), hint="remove it")
        if not isinstance(self.pick, str):
            raise wrong(Code.CONFLICT, "`pick` and `distinct` do not go together", path=("pick",), hint="remove it")
        alone = self.model_copy(update={"differs_from": None, "comes_after": None})
        return replace(alone.compile(context), picker=DealtPick(deal))

    def _fit(self, context: Context, target: Target, picker: Picker) -> Fit | None:
        """What a row must be like to be pointed to. Raises SpecError (WRONG_KIND, INFEASIBLE, EXPR_…)."""
        other: ColumnPath | None = None
        if self.differs_from:
            other = tuple(self.differs_from.split("."))
            self._require_other(context.scope, target, other)
        if self.where is None and other is None:
            return None
        condition = None
        if self.where is not None:
            around = replace(context, scope=context.scope.around(target.entity))
            condition = compile_condition(self.where, around, path=("where",))
        return Fit(
            where=f"{context.entity}.{context.column}",
            entity=target.entity,
            picker=picker,
            condition=condition,
            other=(*other, target.key) if other else None,
            key_column=target.key,
            moment=self.reads()[0] if self.existing_at and target.lives else None,
            timezone=context.window.timezone,
        )

    def _require_other(self, scope: Scope, target: Target, other: ColumnPath) -> None:
        """Refuse a `differs_from` that leads elsewhere, and one where there is but one row."""
        try:
            led = scope.leads_to(other)
        except SpecError as error:
            raise error.under("differs_from") from None
        if target.entity not in led:
            told = f"leads to '{' and '.join(led)}'" if led else "is no reference"
            message = f"'{self.differs_from}' {told}, and this one points to '{target.entity}'"
            hint = f"name another reference to '{target.entity}'"
            raise wrong(Code.WRONG_KIND, message, path=("differs_from",), hint=hint)
        if target.count == 1 and not target.chain:
            raise wrong(
                Code.INFEASIBLE,
                f"'{target.entity}' has 1 row, so two references cannot point to different ones",
                path=("differs_from",),
                hint=f"give '{target.entity}' a `count` of 2 or more",
            )

    def _require_moments(self, scope: Scope, target: Target) -> None:
        """Refuse an `existing_at` that nobody can answer."""
        if self.existing_at is None:
            return
        try:
            require_moment(scope, self.reads()[0])
        except SpecError as error:
            raise error.under("existing_at") from None
        if target.local:
            raise wrong(
                Code.NO_MOMENT,
                f"the rows of '{self.entity}' follow clocks of their own (`local_to`), so they are not sorted by "
                f"moment, and who existed at {written(self.existing_at)} is not known",
                path=("existing_at",),
                hint=f"leave `existing_at` out, or `local_to` at '{self.entity}'",
            )
        if target.lag is None:
            raise wrong(
                Code.NO_MOMENT,
                f"how much later than its parent a row of '{self.entity}' begins has no bound that is known",
                path=("existing_at",),
                hint=f"make the moment of '{self.entity}' with {{after: …, by: …}} its parent's, and a `max:` to it",
            )
        if target.moments is None:
            raise wrong(
                Code.NO_MOMENT,
                f"'{self.entity}' is not sorted by a moment, so who existed at {written(self.existing_at)} "
                "is not known",
                path=("existing_at",),
                hint=f"give '{self.entity}' a moment: {{column: created_at, spread: {{start: …, end: …}}}}",
            )

    def _require_common(self, context: Context, target: Target) -> int | None:
        """Refuse a `same` that does not lead to what the target's rows hang on, or to which they go in turn.

        Of the latter, how many there are.
        """
        if self.same is None:
            return None
        for key in ("existing_at", "distinct_within"):
            if getattr(self, key):
                raise wrong(
                    Code.CONFLICT, f"`same` and `{key}` do not go together", path=(key,), hint="keep one of them"
                )
        if not isinstance(self.pick, str) and self.pick.weight is not None:
            raise wrong(Code.CONFLICT, "`same` and a weight do not go together", path=("pick",), hint="pick by zipf")
        try:
            common = context.scope.leads_to(tuple(self.same.split(".")))
        except SpecError as error:
            raise error.under("same") from None
        if target.parent is None:
            return self._in_turn(context, target, common)
        if common != (target.parent,):
            led = f"leads to '{' and '.join(common)}'" if common else "is no reference"
            raise wrong(
                Code.WRONG_KIND,
                f"'{self.same}' {led}, and '{self.entity}' is made per '{target.parent}'",
                path=("same",),
                hint=f"name the column that leads to '{target.parent}'",
            )
        return None

    def _in_turn(self, context: Context, target: Target, common: tuple[str, ...]) -> int:
        """To how many rows those of the target go in turn, by a reference that picks `even`. Raises SpecError."""
        around = context.scope.around(target.entity)
        for name in around.names():
            made = around.made_by(name)
            if isinstance(made, Reference) and made.pick == "even" and common == (made.reference,):
                others = around.target(common[0], name).count
                if target.count < others:
                    raise wrong(
                        Code.INFEASIBLE,
                        f"{target.count:,} rows of '{self.entity}' go to {others:,} of '{common[0]}' in turn, so some "
                        "of these have none to pick",
                        path=("same",),
                        hint=f"give '{self.entity}' a `count` of {others:,} or more",
                    )
                return others
        raise wrong(
            Code.WRONG_KIND,
            f"'{self.entity}' is not made `per` an entity with a `count`, so its rows share none",
            path=("same",),
            hint=f"make '{self.entity}' with per: {{parent: …, as: {self.same}, count: …}}, "
            "or let its reference there pick `even`",
        )

    def _picker(self, target: Target, context: Context) -> Picker:
        if self.capacity is not None:
            return seats(self, target, context)
        if self.pick == "even":
            return evenly(self, target, context)
        if self.pick == "uniform":
            return UniformPick()
        if [self.pick.zipf, self.pick.weight, self.pick.tree].count(None) != 2:
            raise wrong(Code.CONFLICT, "pick takes zipf, weight or tree, one of them", path=("pick",))
        if self.pick.tree is not None:
            return planted(self.pick.tree, self, context)
        if self.pick.weight is not None:
            count = None if target.chain else target.count
            return WeightedPick(target.entity, self.pick.weight.column, self.pick.weight.max, count)
        exponent, key = self.pick.zipf or 0.0, context.key
        if target.chain:
            return growing(exponent, MOST_ROWS, key.child("ranks"))
        if self.existing_at or self.same:
            return growing(exponent, target.count, key.child("ranks"))
        return ZipfPick(ZipfLaw(exponent, target.count), target.count, key.child("ranks"))
