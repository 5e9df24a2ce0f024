"""Spec + Catalog → Plan: a tuple of passes."""
