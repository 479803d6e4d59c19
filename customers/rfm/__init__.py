"""Recency, frequency and money: scores of 1 to 5 from a versioned configuration, and the tier they lead to. See ADR 16.

For others: `scoring.recalculate`, `analysis.analyze`, `config`.
"""
