"""Proving the ledger: what it was at any moment, sealed days, and the drill that tampers with it."""
