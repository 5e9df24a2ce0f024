"""The YAML of a life cycle: states, and the transitions that lead from each to the next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, StringConstraints, Tag, model_validator

from engine.errors import Code
from engine.generators import AnyGenerator
from engine.generators.delays import DelayField
from engine.generators.moving import Moving
from engine.lifecycles.hours import Hours
from engine.timelines.refusal import refuse
from engine.units import Duration, FractionField

MOMENT, REST, STAY = "moment", "rest", "stay"
MAX_STATES, MAX_TIMES = 60, 50

StateName = Annotated[str, StringConstraints(min_length=1, max_length=63, pattern=r"^[^\x00-\x1f\x7f]+$")]


def _odds_tag(value: object) -> str:
    if isinstance(value, Mapping | Moving):
        return "<expr>"
    return "<rest>" if value == REST else "<share>"


OddsField = Annotated[
    Annotated[FractionField, Tag("<share>")]
    | Annotated[Literal["rest"], Tag("<rest>")]
    | Annotated[Moving, Tag("<expr>")],
    Discriminator(_odds_tag),
]


def _setting_tag(value: object) -> str:
    return "<moment>" if value == MOMENT else "<generator>"


SettingField = Annotated[
    Annotated[Literal["moment"], Tag("<moment>")] | Annotated[AnyGenerator, Tag("<generator>")],
    Discriminator(_setting_tag),
]


class Transition(BaseModel):
    """One way out of a state: ``paid: {p: 96%, delay: {lognormal: {median: 4m, sigma: 1}}, set: {paid_at: moment}}``.

    Whether it is taken is decided when the state is entered; the row is in the next state when the delay is over.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    p: OddsField | None = Field(
        None, description="Its probability, `rest`, or {expr: …} over the row. Only a sole way out may leave it away."
    )
    during: dict[StateName, FractionField] = Field(
        default_factory=dict,
        description="The probability for rows that enter the state while an event is on: {gateway_down: 5%}.",
    )
    delay: DelayField = Field(Duration(0), description="How long it takes: a duration, or a distribution of durations.")
    hours: Hours | None = Field(None, description="The local hours in which it happens; the delay leads to the next.")
    at_most: int | None = Field(
        None, ge=1, le=MAX_TIMES, description="How often a row takes it; then its probability goes to `rest`."
    )
    set: dict[str, SettingField] = Field(
        default_factory=dict,
        description="What it sets: columns, each `moment` (when it happens) or a generator. `moment` may be read.",
    )


class State(BaseModel):
    """The ways out of a state, by the state that each leads to, and `stay`, the share that goes nowhere."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    transitions: dict[StateName, Transition] = Field(default_factory=dict)
    stay: OddsField | None = Field(None, description="The share of rows that stay for ever.")

    @model_validator(mode="before")
    @classmethod
    def _flat(cls, value: Any) -> Any:
        """Take `stay` out of the mapping; what is left are the ways out."""
        if not isinstance(value, Mapping):
            return {} if value is None else value
        stay = {STAY: value[STAY]} if STAY in value else {}
        return {**stay, "transitions": {to: {} if how is None else how for to, how in value.items() if to != STAY}}


class Lifecycle(BaseModel):
    """How a row changes after its birth: ``{start: placed, states: {placed: {paid: {p: 96%}, stay: rest}}}``.

    Guarantees that a row is only as far as its time allows: what would happen at the end of the window or later has
    not happened. A state implies exactly what the transitions on its way set, and nothing else. Costs one draw for
    each way out of each state that a row enters, and one for each delay. Refuses probabilities that do not sum to 1,
    states that nothing leads to, and loops without an `at_most`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    start: StateName = Field(description="The state in which every row is born.")
    states: dict[StateName, State] = Field(
        min_length=1, description="For each state the ways out of it. A state without any may be left out."
    )

    @model_validator(mode="after")
    def _small(self) -> Lifecycle:
        if len(self.names()) > MAX_STATES:
            raise refuse(Code.TOO_COSTLY, f"{len(self.names())} states; {MAX_STATES} are the most")
        return self

    def names(self) -> tuple[str, ...]:
        """Every state: those with ways out, then those that are only led to."""
        declared = dict.fromkeys(self.states)
        return tuple(declared | dict.fromkeys(to for state in self.states.values() for to in state.transitions))

    def sets(self) -> tuple[str, ...]:
        """Every column that a transition sets."""
        ways = [way for state in self.states.values() for way in state.transitions.values()]
        return tuple(dict.fromkeys(column for way in ways for column in way.set))
