"""What goes wrong with the rows on purpose: the `faults` part of a spec, and the table that says what was done."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from engine.errors import Code
from engine.generators import AnyGenerator
from engine.generators.delays import DelayField
from engine.spec.fields import ColumnName, Model, Name, TableName, refuse
from engine.units import FractionField

KINDS = ("nulls", "duplicate", "late", "encoding", "text", "orphan", "scale", "swap", "set")
MOST_FAULTS = 50
MOST_TEXT = 5_000


Columns = Annotated[tuple[ColumnName, ...], Field(min_length=1, max_length=100, strict=False)]


class Duplicate(Model):
    """The same row again, as it was made: ``duplicate: {new_key: true}``.

    The copy comes right after its row and is no row of the entity: nothing refers to it, and no other fault hits it.
    Refuses a table in which a unique constraint would have the same values twice, a primary key that is neither a UUID
    nor a sequence, and a second `duplicate` of an entity whose key is a sequence.
    """

    new_key: bool = Field(
        default=True, description="The copy gets a primary key of its own; false: the same row to the last byte."
    )


class Late(Model):
    """A moment that is too late: ``late: {column: ingested_at, by: {lognormal: {median: 6h, sigma: 1}}}``.

    Refuses a delay that may be negative.
    """

    column: ColumnName = Field(description="A date or timestamp of the entity.")
    by: DelayField = Field(description="How late: a duration such as ``3d``, or a distribution of durations.")


class Encoding(Model):
    """Text that went through the wrong encoding: ``encoding: {columns: [last_name], how: utf8_as_latin1}``.

    Guarantees another text for every text that is not empty, cut to what the column holds: text of plain ASCII, which
    survives the wrong encoding, gets the byte order mark of its file (``ï»¿Smith``).
    """

    columns: Columns = Field(description="Columns of text.")
    how: Literal["utf8_as_latin1", "question_marks", "replacement_characters"] = Field(
        description="``MÃ¼ller``, ``M?ller`` or ``M\N{REPLACEMENT CHARACTER}ller``."
    )


class Text(Model):
    """Text that is not as it should be: ``text: {columns: [city], how: whitespace}``.

    Leaves a text alone that this cannot change, such as digits in another case.
    """

    columns: Columns = Field(description="Columns of text.")
    how: Literal["truncated", "upper_case", "lower_case", "whitespace", "control_characters"] = Field(
        description="Half of it, all in one case, spaces around it, or a tab or vertical tab in the middle."
    )


class Scale(Model):
    """Numbers in the wrong unit: ``scale: {columns: [total], by: 100}``.

    Guarantees PostgreSQL's arithmetic, rounded to the column's places; a result that the type cannot hold ends the run.
    """

    columns: Columns = Field(description="Columns of numbers.")
    by: int | float = Field(ge=-1e15, le=1e15, description="What they are multiplied by.")


class Fault(Model):
    """Something wrong on purpose: ``faults: {missing: {entity: customers, share: 2%, nulls: [email]}}``.

    Made after the clean rows: sums, references, children and other columns read clean values. Rows are drawn by the
    fault's name, so that adding or removing a fault changes nothing but its own rows. Several faults may hit one
    row, in the order of the spec; a value is changed once, by the first, and those that follow take other rows.
    Expectations ask the database and so see the faults; a label table tells them which rows to leave out.
    Guarantees for an entity with a `count` exactly `count` rows, or `share` of all its rows, rounded: a row in which
    there is nothing to change (null already, or the same afterwards) is passed over for another one. Beyond 262,144
    rows of one fault it is passed over for none. Of rows made `per` a parent `count` takes at most one below each row
    of the entity that has a `count`. Rows that `keep` or `fold` leaves out do not count. With `where` and `share`, and
    for a `share` of rows made `per` a parent or thinned by `keep`, each row is drawn on its own, and the share is met
    about. The report counts what was changed.
    Refuses what the table forbids: nulls in a NOT NULL column, duplicates under a unique constraint, orphans under a
    foreign key, and changes of the primary key. What a CHECK forbids is refused by PostgreSQL, and the run fails.
    """

    entity: Name = Field(description="Whose rows.")
    count: int | None = Field(None, ge=0, description="Exactly so many rows; or say `share`.")
    share: FractionField | None = Field(None, description="Which share of the rows; or say `count`.")
    where: str | None = Field(
        None, min_length=1, max_length=MOST_TEXT, description="A condition over the clean row: only such rows."
    )
    nulls: Columns | None = Field(None, description="Values that are missing: columns that become null.")
    duplicate: Duplicate | None = Field(None, description="The same row again.")
    late: Late | None = Field(None, description="A moment that is later than it should be.")
    encoding: Encoding | None = Field(None, description="Text that went through the wrong encoding.")
    text: Text | None = Field(None, description="Text that is cut off, in the wrong case, or with stray characters.")
    orphan: Columns | None = Field(None, description="References to rows that are nowhere; where no key forbids it.")
    scale: Scale | None = Field(None, description="Numbers in the wrong unit.")
    swap: Columns | None = Field(None, description="Two columns that hold each other's values.")
    set_: dict[ColumnName, AnyGenerator] | None = Field(
        None, alias="set", min_length=1, description="Other values: a generator for each column, over the clean row."
    )

    @property
    def kind(self) -> str:
        """Which of KINDS it is."""
        return self._kinds()[0]

    def _kinds(self) -> list[str]:
        given = {name.removesuffix("_") for name in type(self).model_fields if getattr(self, name) is not None}
        return [kind for kind in KINDS if kind in given]

    @model_validator(mode="after")
    def _is_one_fault(self) -> Fault:
        kinds = self._kinds()
        if len(kinds) != 1:
            said = " and ".join(kinds) if kinds else "nothing"
            raise refuse(Code.MISSING_KEY, f"a fault does one thing, here {said}", f"one of {', '.join(KINDS)}")
        if (self.count is None) is (self.share is None):
            said = "neither" if self.count is None else "both"
            raise refuse(Code.MISSING_KEY, f"a fault says `count` or `share`, here {said}", "such as share: 2%")
        if self.swap is not None and len(set(self.swap)) != 2:
            raise refuse(Code.CONFLICT, "`swap` takes two columns", "such as swap: [first_name, last_name]")
        twice = next((name for name in self._columns() if self._columns().count(name) > 1), None)
        if twice is not None:
            raise refuse(Code.CONFLICT, f"`{self.kind}` names '{twice}' twice", "a value is changed once")
        return self

    def _columns(self) -> tuple[str, ...]:
        """The columns that it lists."""
        listed = self.encoding or self.text or self.scale
        return listed.columns if listed is not None else self.nulls or self.orphan or ()


class LabelColumns(Model):
    """The columns of the label table, where they are called otherwise."""

    fault: ColumnName = Field(default="fault", description="The fault's name.")
    table: ColumnName = Field(default="table_name", description="The table of the row, as schema.table.")
    key: ColumnName = Field(
        default="row_key", description="The row's primary key as text; several with commas between."
    )
    column: ColumnName = Field(default="column_name", description="The column; of a copy its primary key.")
    clean: ColumnName = Field(
        default="clean_value", description="The clean value as text; of a copy its original's key."
    )


class Labels(Model):
    """Where each change is written down: ``labels: {table: quality.faults}``.

    Guarantees one row for every value that a fault changed, in the same transaction as the row itself, and none for
    anything else: ``row_key`` joins to the row, and the stored value always differs from ``clean_value``. Moments are
    written in UTC, json, inet and their like as the spec makes them. Refuses a table that an entity fills, columns that
    are not text, and entities without a primary key that the spec makes.
    """

    table: TableName = Field(description="A table with five columns of text.")
    columns: LabelColumns = Field(LabelColumns(), description="Its columns, by what is written there.")
