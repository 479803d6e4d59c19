"""Answering the questions that the rules leave to people: whose transfer is it?"""

from dataclasses import dataclass
from typing import Any

from banking.models import BankTransfer, PendingMatch
from customers.models import Customer
from n2store.roles import Caller


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """An answered question; `credited` when the answer let the money in at once. `match` is None without a question."""

    match: PendingMatch | None
    transfer: BankTransfer
    customer: Customer
    credited: bool
    wallet_tx_id: int | None
    real_after_vnd: int | None


def resolve(
    *,
    caller: Caller,
    match_id: int | None = None,
    transfer_id: int | None = None,
    customer_id: int | str | None = None,
    phone: str = "",
    note: str = "",
) -> Resolved:
    """Say whose transfer it is: by `match_id` one of the candidates, by `transfer_id` also anybody else's `phone`.

    `customer_id` is what the candidate carries: the TPOS id, `LOCAL_<phone>`, or else our own id. Whoever may approve
    credits at once (`APPROVED`); for others the transfer waits for the accountant. Skipped questions may be answered.

    Raises:
        MayNotHandle, TransferNotFound, NotIncoming, InvalidPhone.
        MatchNotFound: there is no such question, or it was answered.
        NotACandidate: `customer_id` or `phone` is none of the question's candidates (with `match_id`).
        LinkedMeanwhile (409): the transfer has an owner. AlreadyCredited: and the money is in the wallet.
        WrongState: it was rejected.
    """
    raise NotImplementedError


def skip(*, caller: Caller, match_id: int, reason: str = "") -> PendingMatch:
    """Leave the question for later; the transfer stays without an owner.

    Raises:
        MayNotHandle.
        MatchNotFound: there is no such question, or it is not open.
    """
    raise NotImplementedError


def undo_skip(*, caller: Caller, match_id: int) -> PendingMatch:
    """Ask a skipped question again.

    Raises:
        MayNotHandle, MatchNotFound.
        MatchWrongState: it is not skipped, or another question about the transfer is open.
        LinkedMeanwhile: the transfer has an owner. WrongState: it was rejected.
    """
    raise NotImplementedError


def replace_candidates(*, caller: Caller, match_id: int, candidates: list[dict[str, Any]]) -> PendingMatch:
    """Put other candidates to an open question. Takes our flat form and the old server's groups by phone.

    Each phone is checked and known fields only are kept; a candidate who was there keeps score and evidence.

    Raises:
        MayNotHandle, MatchNotFound, InvalidPhone.
        InvalidCandidates: no candidate, too many, or not the form.
    """
    raise NotImplementedError
