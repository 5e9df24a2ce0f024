"""What is told of a partition when it is committed: its spans, which its worker timed, and its measurements."""

from __future__ import annotations

from opentelemetry.trace import Span

from engine.batch import is_fault_count
from engine.execute.load import Done
from engine.telemetry.catalogue import BYTES, COPY, COPY_S, ENCODE, GENERATE, PARTITION, PARTITION_S, ROWS
from engine.telemetry.measure import record
from engine.telemetry.spans import past

_S = 1e9


def tell(done: Done, stage: Span) -> None:
    """Record a partition under the span of its stage."""
    time, rows = done.timing, sum(rows for name, rows in done.rows.items() if not is_fault_count(name))
    record(ROWS, rows)
    record(BYTES, time.size_bytes)
    record(PARTITION_S, (time.committed_ns - time.began_ns) / _S)
    record(COPY_S, (time.committed_ns - time.sent_ns) / _S)
    if not stage.is_recording():
        return
    attributes: dict[str, str | int] = {
        "engine.entity": done.entity,
        "engine.partition": done.number,
        "engine.rows": rows,
        "engine.bytes": time.size_bytes,
        "engine.worker": time.worker,
    }
    whole = past(PARTITION, stage, time.began_ns, time.committed_ns, attributes)
    past(GENERATE, whole, time.began_ns, time.generated_ns)
    copy = past(COPY, whole, time.sent_ns, time.committed_ns)
    past(ENCODE, copy, time.sent_ns, time.sent_ns + time.encode_ns)
