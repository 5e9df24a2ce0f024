"""Rates over time → a table of bins → the moment of any row."""
