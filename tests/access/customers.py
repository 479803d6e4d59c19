"""Addresses of customers. `<>` stands for a phone or an id."""

READS = ["/api/customer/<>", "/api/v2/customers/<>"]
WRITES: list[tuple[str, str]] = []
"""Method and address."""
