"""What the process that tasks are forked from does before the first: it compiles a story, so that all is imported."""

from __future__ import annotations

import asyncio
from datetime import datetime, timezone

from engine.run import Request
from engine.run.look import check

STORY = """
scenario: warm
window: {start: 2026-01-01, end: 2026-01-02}
timelines: {day: {daily: online_retail}}
entities:
  customers:
    table: shop.customers
    count: 2
    moment: {column: created_at, timeline: day}
    columns:
      id: {uuid7: created_at}
      email: {template: "c{{ row }}@example.com"}
      first_name: {faker: first_name}
      last_name: {faker: last_name}
      segment: {choice: {new: 1, regular: 2}}
      updated_at: {attribute: created_at}
"""


def compile_story() -> None:
    """Compile it, as it would be checked for somebody. Raises SpecError where the story is wrong."""
    asyncio.run(check(Request(STORY, "warm.yaml", now=datetime(2026, 1, 1, tzinfo=timezone.utc)), dsn=None))


if __name__ != "__main__":
    compile_story()
