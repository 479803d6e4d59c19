"""The keys by which senders say that a repeat is a repeat (`Idempotency-Key`)."""

import re

from n2store.errors import DomainError

_KEY = re.compile(r"[\x21-\x7e]{1,100}")


class InvalidKey(DomainError):
    """The idempotency key is empty, too long, or has characters that a header does not carry."""

    code = "INVALID_KEY"


def is_key(given: object) -> bool:
    """Tell whether a sender may choose this as a key: 1 to 100 visible ASCII characters."""
    return isinstance(given, str) and _KEY.fullmatch(given) is not None


def checked_key(key: str | None) -> str | None:
    """Return the key that a sender chose, if any.

    Raises:
        InvalidKey: it is none.
    """
    if key is not None and not is_key(key):
        raise InvalidKey("Idempotency-Key must be 1 to 100 visible ASCII characters")
    return key
