"""Dry runs: what a job would do now, as numbers by name. An app provides one for its job; see `n2store.figures`.

A rehearsal is given the moment and writes nothing. Its names are told to people by `n2store/console/jobs_told.py`.
"""

from collections.abc import Callable
from datetime import datetime

Rehearsal = Callable[[datetime], dict[str, int]]
_rehearsals: dict[str, Rehearsal] = {}


def provide(job: str, rehearsal: Rehearsal) -> None:
    """Let `rehearsal` tell what this job would do."""
    _rehearsals[job] = rehearsal


def rehearsal_of(job: str) -> Rehearsal | None:
    """Return the dry run of a job, or None when it has none."""
    return _rehearsals.get(job)
