"""Why the desk refuses. Each has a stable code, and a sentence for staff in `n2store.messages`."""

from typing import Any

from banking.models import BankTransfer, MatchStatus, Verification
from n2store.errors import DomainError, NotAllowed, NotFound


class TransferNotFound(NotFound):
    """There is no such transfer."""

    code = "TRANSFER_NOT_FOUND"


class Refused(DomainError):
    """The transfer is not as the verb needs it; `transfer` is how it is."""

    def __init__(self, sentence: str, transfer: BankTransfer) -> None:
        state = transfer.verification
        super().__init__(sentence, state=state, current=Verification(state).label)
        self.transfer = transfer


class NotIncoming(Refused):
    """Money that left the shop's account is nobody's deposit."""

    code = "TRANSFER_NOT_INCOMING"


class AlreadyCredited(Refused):
    """The money is in a wallet: only an adjustment or an undo changes that."""

    code = "TRANSFER_ALREADY_CREDITED"


class AlreadyLinked(Refused):
    """The transfer has an owner."""

    code = "TRANSFER_ALREADY_LINKED"


class LinkedMeanwhile(AlreadyLinked):
    """Somebody else answered the question first."""

    status = 409


class NotLinked(Refused):
    """The transfer has no owner."""

    code = "TRANSFER_NOT_LINKED"


class WrongState(Refused):
    """The transfer's state does not allow it; `current` is that state."""

    code = "TRANSFER_WRONG_STATE"

    @property
    def current(self) -> str:
        """Return the state that is in the way."""
        return self.transfer.verification


class NotCredited(Refused):
    """There is no money in a wallet to put right."""

    code = "TRANSFER_NOT_CREDITED"


class AlreadyAdjusted(Refused):
    """A transfer is adjusted once."""

    code = "TRANSFER_ALREADY_ADJUSTED"


class SpentSince(Refused):
    """The owner has spent from the wallet since the transfer was credited."""

    code = "TRANSFER_SPENT_SINCE"


class InvalidAdjustment(DomainError):
    """The kind, amount or reason of an adjustment cannot stand; `fault` names which."""

    code = "INVALID_ADJUSTMENT"

    def __init__(self, sentence: str, *, fault: str) -> None:
        super().__init__(sentence)
        self.fault = fault


class MatchNotFound(NotFound):
    """There is no such question, or it was answered."""

    code = "MATCH_NOT_FOUND"


class MatchWrongState(DomainError):
    """The question is not in the state that the verb needs; `current` is its state."""

    code = "MATCH_WRONG_STATE"

    def __init__(self, sentence: str, current: str | MatchStatus) -> None:
        super().__init__(sentence, current=MatchStatus(current).label)
        self.current = str(current)


class NotACandidate(DomainError):
    """The chosen customer is none of the candidates; `candidates` are they."""

    code = "MATCH_NOT_A_CANDIDATE"

    def __init__(self, sentence: str, *, requested: object, candidates: list[dict[str, Any]]) -> None:
        super().__init__(sentence)
        self.requested = requested
        self.candidates = candidates


class InvalidCandidates(DomainError):
    """The list of candidates cannot stand."""

    code = "INVALID_CANDIDATES"


class UndoNotFound(NotFound):
    """Nobody asked for such an undo."""

    code = "UNDO_NOT_FOUND"


class UndoNotWaiting(DomainError):
    """The undo was carried out or withdrawn."""

    status, code = 409, "UNDO_NOT_WAITING"


class UndoWaiting(Refused):
    """An undo of this transfer waits for a second person."""

    status, code = 409, "UNDO_WAITING"


class SecondPersonNeeded(NotAllowed):
    """Whoever asked for an undo that costs the shop money cannot confirm it."""

    code = "SECOND_PERSON_NEEDED"


class NoPaymentAlike(Refused):
    """No payment of a top-up is told that the line could be, or the line is settled already."""

    status, code = 409, "NO_PAYMENT_ALIKE"


class MoneyOfTopup(Refused):
    """PayOS said that this deposit paid a top-up: it is not taken back at the line."""

    status, code = 409, "MONEY_OF_TOPUP"


class ShortfallGrew(DomainError):
    """More was spent since the shortfall was shown."""

    status, code = 409, "SHORTFALL_GREW"
