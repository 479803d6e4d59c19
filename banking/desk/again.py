"""Sending transfers without an owner through the rules once more, when a person asks for it."""

from dataclasses import dataclass, field

from n2store.roles import Caller

LIMIT_DEFAULT, LIMIT_MAX = 100, 500


@dataclass(frozen=True, slots=True, kw_only=True)
class RowOutcome:
    """What became of one transfer: `success`, `pending_match`, `not_found`, `skipped` or `failed`."""

    transfer_id: int
    status: str
    method: str = ""
    phone: str = ""
    customer_name: str = ""
    partial_phone: str = ""
    unique_phones_count: int = 0
    content: str = ""
    reason: str = ""
    note: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchOutcome:
    """What became of a batch, row by row."""

    rows: list[RowOutcome] = field(default_factory=list)

    def count(self, status: str) -> int:
        """Return how many rows ended in `status`."""
        return sum(row.status == status for row in self.rows)


def match_again(*, caller: Caller, limit: int = LIMIT_DEFAULT, force: bool = False) -> BatchOutcome:
    """Match up to `limit` incoming transfers without an owner, newest first; `force` also tells of credited ones.

    One with an open or skipped question is not asked about again; one that was taken back is left to people; one that
    TPOS must be asked about is left to the job, as `skipped` with that reason.

    Raises:
        MayNotHandle (needs LINK).
    """
    raise NotImplementedError
