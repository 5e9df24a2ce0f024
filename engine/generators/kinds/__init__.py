"""Plausible values of PostgreSQL's types, a module for each kind of type; the table of all is `makers`."""
