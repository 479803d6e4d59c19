"""Addresses of bank transfers. `<>` stands for an id."""

READS = ["/api/v2/balance-history", "/api/v2/balance-history/pending", "/api/v2/balance-history/stats"]
WRITES = [("post", "/api/v2/wallets/cron/process-bank"), ("post", "/api/wallet/cron/process-bank-transactions")]
"""Method and address."""
