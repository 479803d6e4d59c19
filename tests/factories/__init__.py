"""Makers of rows for tests; no surprises."""
