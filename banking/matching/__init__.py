"""Deciding whose a transfer is, with reasons. See ADR 13.

`scoring` is pure; `candidates` finds who it may be; `due` asks TPOS for what waits; `explain` tells all of it.
"""
