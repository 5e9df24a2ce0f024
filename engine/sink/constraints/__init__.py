"""Foreign keys and secondary indexes out of the way of a load, and back again: survey, rehearse, suspend, restore."""

from engine.sink.constraints.model import Decision, Kind, Method, Suspension, suspended
from engine.sink.constraints.restore import Failure, RestoreError, restore
from engine.sink.constraints.survey import Filled, survey
from engine.sink.constraints.suspend import rehearse, suspend

__all__ = [
    "Decision",
    "Failure",
    "Filled",
    "Kind",
    "Method",
    "RestoreError",
    "Suspension",
    "rehearse",
    "restore",
    "survey",
    "suspend",
    "suspended",
]
