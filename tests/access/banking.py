"""Addresses of bank transfers. `<>` stands for an id."""

READS = ["/api/v2/balance-history", "/api/v2/balance-history/pending", "/api/v2/balance-history/stats"]
WRITES: list[tuple[str, str]] = []
"""Method and address."""
