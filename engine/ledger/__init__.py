"""What was done: runs, their partitions, and what is suspended meanwhile."""

from engine.ledger.claims import claim_run, claim_tables, join_run
from engine.ledger.file import MEMORY, FileLedger
from engine.ledger.fingerprint import differences, fingerprint
from engine.ledger.model import DonePartition, RunEnd, RunLine, RunRecord, new_run_id
from engine.ledger.postgres import Ledger, finish_partition, identity, restored, suspend
from engine.ledger.protocol import RunLedger

__all__ = [
    "MEMORY",
    "DonePartition",
    "FileLedger",
    "Ledger",
    "RunEnd",
    "RunLedger",
    "RunLine",
    "RunRecord",
    "claim_run",
    "claim_tables",
    "differences",
    "fingerprint",
    "finish_partition",
    "identity",
    "join_run",
    "new_run_id",
    "restored",
    "suspend",
]
