"""The YAML of a timeline: a rate over time and the events that change it."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from engine.errors import Code
from engine.timelines.bursts import Bursts
from engine.timelines.counts import POISSON, CountsField
from engine.timelines.days import DaysField
from engine.timelines.parts import ProductField, SumField
from engine.timelines.profiles import (
    FLAT_DAYS,
    FLAT_MONTH,
    FLAT_WEEK,
    FLAT_YEAR,
    DailyField,
    MonthlyField,
    WeeklyField,
    YearlyField,
)
from engine.timelines.ramps import Shape
from engine.timelines.refusal import refuse
from engine.timelines.trend import TrendField
from engine.types import DAY
from engine.units import Duration, DurationField, FractionField, MomentField

LONGEST_EVENT = Duration(366 * DAY)

EventName = Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_]*$", max_length=63)]


class Event(BaseModel):
    """Something that begins: on a day (at local midnight plus `starts`), at times by cron, or at a moment."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    on: DaysField | None = Field(
        None, description="Days: black_friday, 2025-11-28, a list, {holidays: US}, {rrule: …}; or times: {cron: …}."
    )
    at: MomentField | None = Field(
        None,
        description="The moment at which it begins, instead of `on`; +10m is so long after the window's start.",
    )
    starts: DurationField = Field(Duration(0), description="With `on`: the wall time at which it begins, such as 8h.")

    @model_validator(mode="after")
    def _begins_once(self) -> Event:
        if (self.on is None) == (self.at is None):
            raise refuse(Code.CONFLICT, "an event begins `on` a day or `at` a moment, one of the two")
        if self.at is not None and self.starts.micros:
            raise refuse(Code.CONFLICT, "`starts` is for `on`; `at` says the time itself")
        if self.on is not None and self.on.rule is not None and self.on.rule.cron is not None and self.starts.micros:
            raise refuse(Code.CONFLICT, "`starts` is for days; cron says the time itself")
        if abs(self.starts.micros) > 7 * DAY:
            raise refuse(Code.OUT_OF_RANGE, f"starts: {self.starts} is more than a week from the day")
        return self


class Wake(BaseModel):
    """What comes before or after a spike: ``{for: 5d, factor: 0.9}``.

    The rate leaves the ordinary one along a straight line and reaches the factor where the spike is, or comes back so.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    for_: DurationField = Field(alias="for", description="How long it lasts.")
    factor: float = Field(ge=0, le=1e6, description="The multiple of the ordinary rate next to the spike.")

    @model_validator(mode="after")
    def _lasts(self) -> Wake:
        _require("for", self.for_, 1)
        return self


class Spike(Event):
    """The rate rises to `peak` times itself, stays there, and comes back.

    Guarantees the multiple in the plateau; `during:` means the plateau. A peak below 1 is a lull.
    Spikes that overlap multiply. Refuses a day outside the window.
    """

    peak: float = Field(gt=0, le=1e6, description="The multiple of the ordinary rate; 1 changes nothing.")
    rise: DurationField = Field(Duration(0), description="How long the rate takes to reach the peak; 0 is a step.")
    hold: DurationField = Field(description="How long it stays there.")
    decay: DurationField = Field(Duration(0), description="How long it takes to come back; 0 is a step.")
    shape: Shape = Field(
        "linear", description="How it rises and decays: linear, exponential (late and steep), gaussian, or plateau."
    )
    lead_up: Wake | None = Field(None, description="What the days before are like: people wait, or are early.")
    hangover: Wake | None = Field(None, description="What the days after are like: {for: 5d, factor: 0.8}.")

    @model_validator(mode="after")
    def _lasts(self) -> Spike:
        if self.shape == "plateau" and (self.rise.micros or self.decay.micros):
            raise refuse(Code.CONFLICT, "a plateau neither rises nor decays", "leave `rise` and `decay` out")
        for name, length, least in (("rise", self.rise, 0), ("hold", self.hold, 1), ("decay", self.decay, 0)):
            _require(name, length, least)
        return self


class CatchUp(BaseModel):
    """Those who come back after an outage: ``{share: 60%, over: 2h}``, most of them at once."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    share: FractionField = Field(description="The share of what was lost that comes later.")
    over: DurationField = Field(description="How long it takes until the rate is the ordinary one.")

    @model_validator(mode="after")
    def _lasts(self) -> CatchUp:
        _require("over", self.over, 1)
        return self


class Outage(Event):
    """The rate drops by a share for a while: `drop: 100%` leaves no row in it.

    What `catch_up` brings back comes on top of the rate after the outage, falling along a straight line; where
    another outage is on then, it is lost like all else.
    """

    for_: DurationField = Field(alias="for", description="How long it lasts.")
    drop: FractionField = Field(1.0, description="The share of rows that are lost: 0.4 or 40%.")
    catch_up: CatchUp | None = Field(None, description="What comes back afterwards: {share: 60%, over: 2h}.")

    @model_validator(mode="after")
    def _lasts(self) -> Outage:
        _require("for", self.for_, 1)
        return self


class Step(Event):
    """The rate is `factor` times itself from a moment on, for good: a launch, a new market, a price rise."""

    factor: float = Field(ge=0, le=1e6, description="The multiple of the rate before.")
    rise: DurationField = Field(Duration(0), description="How long the rate takes to get there; 0 is a step.")

    @model_validator(mode="after")
    def _lasts(self) -> Step:
        _require("rise", self.rise, 0)
        return self


class Timeline(BaseModel):
    """A rate over time: daily × weekly × monthly × yearly × trend × events × noise, in the scenario's time zone.

    Guarantees the shape exactly and the number of rows exactly; which minute a row falls into is random.

    Curves multiply: ``daily: {weekdays: office, else: web}`` by the weekday, ``weekly: {sun: 0.4}``,
    ``monthly: {1: 2.0, last: 1.5}`` by the day of the month, ``yearly: {jul: 0.6}``. Events come back `on` a named day,
    on ``{holidays: DE}`` (a country's public holidays; `region` and `only` narrow them), by
    ``{rrule: FREQ=MONTHLY;BYDAY=-1FR}`` (days, by RFC 5545), or by ``{cron: 0 9 * * mon-fri}``: minute, hour, day
    of the month, month, day of the week, as in a crontab; where both kinds of day are restricted, one is enough. A
    wall time that the clock skips is as long after the change, one that it shows twice counts once, the first time.

    A timeline may be made of others instead. ``{sum: {web: 0.7, app: 0.3}}`` adds their rates up: of an ordinary hour's
    rows, seven in ten are the web's, and its spikes and its growth come on top. (The ordinary hour is the one of an
    entity's `rate`.) ``{product: [shop, campaign]}`` multiplies them, each in units of its ordinary rate, so that what
    several timelines share is said once. Their events keep their names: `during: web.black_friday`,
    `--without web.black_friday`. How rows scatter is said beside `sum` or `product`, in `counts`. Refuses curves and
    events there, `counts` of the parts, and circles.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    daily: DailyField = Field(
        FLAT_DAYS, description="A named curve, the weights of the local hours 0 to 23, or one of them for each weekday."
    )
    weekly: WeeklyField = Field(FLAT_WEEK, description="A named profile, or weights such as {mon: 1.05, sat: 0.92}.")
    monthly: MonthlyField = Field(FLAT_MONTH, description="Weights by day of the month: {1: 2.0, 15: 1.6, last: 2.0}.")
    yearly: YearlyField = Field(FLAT_YEAR, description="Weights by month: {nov: 1.4, dec: 1.8}.")
    trend: TrendField | None = Field(
        None, description="What the rate is multiplied by: {per_week: 1.04}, {linear: …} or {logistic: …}."
    )
    noise: FractionField = Field(
        0.0, description="Coefficient of variation of a random factor for each local day, and of one for each hour."
    )
    bursts: Bursts | None = Field(
        None, description="Activity that feeds on itself: {per_day: 6, share: 20%, decay: 15m, branching: 0.5}."
    )
    counts: CountsField = Field(
        POISSON,
        description="How rows scatter around the rate: poisson (chance), even, or {negative_binomial: {size: 4}}.",
    )
    spikes: dict[EventName, Spike] = Field(default_factory=dict, description="Times when more rows come.")
    outages: dict[EventName, Outage] = Field(default_factory=dict, description="Times when fewer rows come, or none.")
    steps: dict[EventName, Step] = Field(default_factory=dict, description="Moments from which on the rate is another.")
    sum: SumField | None = Field(None, description="Timelines whose rates are added: {web: 0.7, app: 0.3}, or a list.")
    product: ProductField | None = Field(None, description="Timelines whose rates are multiplied: [shop, campaign].")

    @model_validator(mode="after")
    def _made_one_way(self) -> Timeline:
        made = [key for key in ("sum", "product") if getattr(self, key) is not None]
        others = [key for key in Timeline.model_fields if key in self.model_fields_set and key not in (*made, "counts")]
        if len(made) == 2:
            raise refuse(Code.CONFLICT, "a timeline is a sum or a product of others", "make one of the other")
        if made and others:
            message = f"a timeline with a {made[0]} has no `{others[0]}` of its own"
            raise refuse(Code.CONFLICT, message, "say it in a timeline of its own, and multiply them: {product: […]}")
        return self

    @model_validator(mode="after")
    def _names_differ(self) -> Timeline:
        kinds: dict[str, str] = {}
        for kind, events in (("a spike", self.spikes), ("an outage", self.outages), ("a step", self.steps)):
            for name in events:
                if name in kinds:
                    said = f"'{name}' is {kinds[name]} and {kind}"
                    raise refuse(Code.CONFLICT, said, "`during:` must know which: rename one")
                kinds[name] = kind
        return self

    def events(self) -> dict[str, tuple[str, Event]]:
        """Every event by name, with its kind: spike, outage or step."""
        kinds = (("spike", self.spikes), ("outage", self.outages), ("step", self.steps))
        return {name: (kind, event) for kind, events in kinds for name, event in events.items()}


def _require(name: str, length: Duration, least: int) -> None:
    if not least <= length.micros <= LONGEST_EVENT.micros:
        bound = "more than 0" if least else "0 or more"
        raise refuse(Code.OUT_OF_RANGE, f"{name}: {length} must be {bound}, and at most {LONGEST_EVENT}")
