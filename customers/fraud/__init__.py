"""Suspicions: rules that look at what happened, cases they open, and what people decide. See ADR 16.

A rule lives with the data it reads and is registered here (`rules.register`), so that this app never learns what a
wallet is. For others: `rules`, `engine.sweep`, `cases`.
"""
