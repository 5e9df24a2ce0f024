"""The PostgreSQL that comes with the package: a throw-away one for tests, a resident one for everybody else."""

from engine.embedded.binaries import Binaries, find
from engine.embedded.resident import Resident, Status
from engine.embedded.throwaway import Throwaway

__all__ = ["Binaries", "Resident", "Status", "Throwaway", "find"]
