"""A PostgreSQL schema as frozen values."""
