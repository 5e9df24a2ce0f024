"""Ratios, measured against a reference in the same run; `just bench`. Pytest never collects this folder."""
