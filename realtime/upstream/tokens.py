"""What a token says of itself, unproven: when it ends. Only the neighbour knows whether it is good."""

import base64
import binascii
from datetime import UTC, datetime

from realtime.upstream.jsons import NoJson, read


def ends_at(token: str) -> datetime | None:
    """Return when a JWT says that it ends; None for one that does not say, or is no JWT."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = read(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)).decode())
        ends = claims.get("exp") if isinstance(claims, dict) else None
        return datetime.fromtimestamp(ends, UTC) if isinstance(ends, int | float) else None
    except (binascii.Error, ValueError, NoJson, OverflowError, OSError):
        return None
