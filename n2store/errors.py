"""Refusals of the domain. Raised where a rule is broken, turned into HTTP only in `n2store.problems`."""

from typing import Any, ClassVar


class DomainError(Exception):
    """A rule of the shop says no. Its text is an English sentence; `code` is stable for programs.

    `params` fill the sentence for staff, which `n2store.messages` keeps for each code; `beside` goes into the answer
    beside them.
    """

    status: ClassVar[int] = 400
    code: ClassVar[str] = "REFUSED"

    def __init__(self, sentence: str = "", **params: object) -> None:
        super().__init__(sentence)
        self.params = params
        self.beside: dict[str, Any] = {}


class NotFound(DomainError):
    """The thing named does not exist."""

    status, code = 404, "NOT_FOUND"


class NotAllowed(DomainError):
    """Whoever asks may not do this."""

    status, code = 403, "PERMISSION_DENIED"
