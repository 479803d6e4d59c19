"""Refusals of the domain. Raised where a rule is broken, turned into HTTP only in `n2store.problems`."""

from typing import ClassVar


class DomainError(Exception):
    """A rule of the shop says no. Its text is a sentence for people; `code` is stable for programs."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "refused"


class NotFound(DomainError):
    """The thing named does not exist."""

    status, code = 404, "not_found"
