"""What was done: runs, their partitions, and what is suspended meanwhile."""

from engine.ledger.file import MEMORY, FileLedger
from engine.ledger.fingerprint import differences, fingerprint
from engine.ledger.model import DonePartition, RunLine, RunRecord, new_run_id
from engine.ledger.postgres import Ledger, finish_partition, restored, suspend
from engine.ledger.protocol import RunLedger

__all__ = [
    "MEMORY",
    "DonePartition",
    "FileLedger",
    "Ledger",
    "RunLedger",
    "RunLine",
    "RunRecord",
    "differences",
    "fingerprint",
    "finish_partition",
    "new_run_id",
    "restored",
    "suspend",
]
