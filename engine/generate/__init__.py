"""Plan → Batches: rows by address."""
