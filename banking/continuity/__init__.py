"""Is a transfer missing? The chain of each account's balances, its breaks, and how they heal. See ADR 14.

For others: `incidents` (lists and verbs), `healing` (asking SePay), `closing` (the daily sheet). `chain` is pure.
"""
