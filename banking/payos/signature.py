"""Is it from PayOS? HMAC-SHA256 over the `data` as it came, in the library's own writing, compared in constant time.

Only `data` is signed. The writing is ambiguous, so a good signature says nothing of types: `schema.py` is strict.
"""

import hashlib
import hmac
import re
from typing import Any

from payos._crypto import CryptoProvider
from payos._crypto.provider import convert_object_to_query_string

_HEX = re.compile(r"[0-9a-f]{64}")
_crypto = CryptoProvider()


def is_authentic(data: dict[str, Any], signature: str, checksum_key: str) -> bool:
    """Tell whether `signature` (lower-case hex) is PayOS's for the raw `data`.

    An object inside `data` cannot be signed: the official libraries write it in different ways.
    """
    if not isinstance(data, dict) or not isinstance(signature, str) or not isinstance(checksum_key, str):
        return False
    if not checksum_key or not _HEX.fullmatch(signature) or any(isinstance(value, dict) for value in data.values()):
        return False
    try:
        expected = _crypto.create_signature_from_object(data, checksum_key) or ""
    except (UnicodeEncodeError, TypeError, ValueError, RecursionError):  # No text, or nothing that JSON can say.
        return False
    return hmac.compare_digest(expected, signature)


def digest_of(data: dict[str, Any]) -> str:
    """Return what is the same for the same content, however its JSON is spaced or ordered: 64 hex digits."""
    return hashlib.sha256(convert_object_to_query_string(data).encode()).hexdigest()


def signed(data: dict[str, Any], checksum_key: str) -> str:
    """Return PayOS's signature of `data`; for those who play PayOS."""
    return str(_crypto.create_signature_from_object(data, checksum_key))
