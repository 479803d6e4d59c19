"""Addresses of wallets. `<>` stands for a phone or an id."""

READS = ["/api/v2/wallets/<>", "/api/v2/wallets/<>/transactions"]
WRITES: list[tuple[str, str]] = []
"""Method and address."""
