"""Is a delivery from SePay? Either its API key, or its HMAC-SHA256 over time and body. Compared in constant time.

Source: SePay's webhook pages. The key comes as `Authorization: Apikey <key>`; the signature as
`X-SePay-Signature: sha256=<hex>` over `<X-SePay-Timestamp>.<raw body>`, at most five minutes old.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence

from n2store.errors import DomainError

TIMESTAMP_DRIFT_MAX_S = 5 * 60
_SCHEME = re.compile(r"apikey\s+", re.IGNORECASE)


class NotConfigured(DomainError):
    """No key is set, so nothing can be believed."""

    status, code = 503, "not_configured"


class Unauthorized(DomainError):
    """The sender did not show that it is SePay."""

    status, code = 401, "unauthorized"


def check(
    headers: Mapping[str, str], body: bytes, *, keys: Sequence[str], secrets: Sequence[str], now_s: float
) -> None:
    """Return if the delivery is SePay's. `keys` and `secrets` may hold several while one is being changed.

    With both kinds configured a signed delivery is judged by its signature alone.

    Raises:
        NotConfigured: neither a key nor a secret is set.
        Unauthorized: no proof, or a wrong one.
    """
    if not keys and not secrets:
        raise NotConfigured("SePay webhook is not configured")
    signature = headers.get("X-SePay-Signature")
    if secrets and (signature is not None or not keys):
        _check_signature(signature or "", headers.get("X-SePay-Timestamp", ""), body, secrets, now_s)
        return
    authorization = headers.get("Authorization")
    if authorization is None:
        raise Unauthorized("Unauthorized - Missing Authorization header")
    given = _SCHEME.sub("", authorization.strip(), count=1).strip().encode()
    if not any([hmac.compare_digest(given, key.encode()) for key in keys]):
        raise Unauthorized("Unauthorized - Invalid API Key")


def _check_signature(signature: str, timestamp: str, body: bytes, secrets: Sequence[str], now_s: float) -> None:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise Unauthorized("Unauthorized - Invalid timestamp")
    if abs(now_s - int(timestamp)) > TIMESTAMP_DRIFT_MAX_S:
        raise Unauthorized("Unauthorized - Timestamp out of range")
    given = signature.removeprefix("sha256=").encode()
    signed = timestamp.encode() + b"." + body
    expected = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest().encode() for secret in secrets]
    if not any([hmac.compare_digest(given, right) for right in expected]):
        raise Unauthorized("Unauthorized - Invalid signature")
