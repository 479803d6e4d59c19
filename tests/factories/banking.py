"""Deliveries as SePay posts them."""

import json
from typing import Any

KEY = {"HTTP_AUTHORIZATION": "Apikey test-key"}


def delivery(**changes: Any) -> dict[str, Any]:
    """Return the sample payload of the contract with `changes`; a change to `...` leaves the field out."""
    sample = {
        "id": 92704001,
        "gateway": "ACB",
        "transactionDate": "2026-01-16 14:02:37",
        "accountNumber": "75918",
        "code": None,
        "content": "0909318264 chuyen tien GD 6474IBT2gX7FLXYW 160126-14:02:37",
        "transferType": "in",
        "transferAmount": 350000,
        "accumulated": 18250000,
        "subAccount": None,
        "referenceCode": "FT26016000111222",
        "description": "ACB: TK 75918 +350,000 VND",
    }
    return {name: value for name, value in (sample | changes).items() if value is not ...}


def post(client: Any, payload: Any, **extra: Any) -> Any:
    """Post a payload (or raw bytes) to the webhook with the right key unless told otherwise."""
    body = payload if isinstance(payload, bytes | str) else json.dumps(payload)
    return client.post("/api/sepay/webhook", body, content_type="application/json", **(KEY | extra))
