"""Batches → PostgreSQL: encoding, COPY, constraints out of the way and back, and what is left after the last row."""
