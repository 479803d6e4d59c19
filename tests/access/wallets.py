"""Addresses of wallets. `<>` stands for a phone or an id."""

READS = [
    "/api/wallet/<>",
    "/api/v2/wallets/<>",
    "/api/v2/wallets/<>/transactions",
    "/api/v2/wallets/adjustments",
    "/api/v2/wallets/transactions/<>/receipt",
    "/api/v2/pending-withdrawals",
    "/api/v2/pending-withdrawals/",
    "/api/v2/pending-withdrawals/stats",
]
WRITES: list[tuple[str, str]] = [
    ("get", "/api/v2/wallet/balance"),
    ("get", "/api/v2/balance-history/wallet/balance"),
    ("post", "/api/wallet/<>/deposit"),
    ("post", "/api/wallet/<>/withdraw"),
    ("post", "/api/wallet/<>/virtual-credit"),
    ("post", "/api/wallet/batch-summary"),
    ("post", "/api/wallet/cron/expire"),
    ("post", "/api/v2/wallets/<>/deposit"),
    ("post", "/api/v2/wallets/<>/credit"),
    ("post", "/api/v2/wallets/<>/withdraw"),
    ("post", "/api/v2/wallets/<>/adjust"),
    ("post", "/api/v2/wallets/adjustment"),
    ("post", "/api/v2/wallets/transactions/<>/reverse"),
    ("post", "/api/v2/wallets/credits/<>/cancel"),
    ("post", "/api/v2/wallets/batch-summary"),
    ("post", "/api/v2/wallets/cron/expire"),
    ("post", "/api/v2/pending-withdrawals"),
    ("post", "/api/v2/pending-withdrawals/"),
    ("post", "/api/v2/pending-withdrawals/<>/retry"),
    ("post", "/api/v2/pending-withdrawals/<>/cancel"),
    ("post", "/api/v2/pending-withdrawals/<>/release"),
    ("post", "/api/v2/pending-withdrawals/process-pending"),
    ("post", "/api/v2/pending-withdrawals/cancel-by-order"),
]
"""Method and address, and the reads that answer only when they are asked something."""
