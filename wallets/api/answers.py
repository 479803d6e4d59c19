"""What money requests answer, and how the API document tells of them."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.response import Response

from wallets.api.inputs import KEY_HEADER
from wallets.commands import Answer

ANSWERS = dict.fromkeys((200, 400, 403, 404, 409), OpenApiTypes.OBJECT)
FOUND = dict.fromkeys((200, 404), OpenApiTypes.OBJECT)
KEY = OpenApiParameter(
    KEY_HEADER, str, OpenApiParameter.HEADER, description="1 to 100 visible characters; a repeat is answered, not done."
)
AMOUNT = {"type": "integer", "minimum": 1, "description": "Whole dong.", "example": 150_000}
TEXT = {"type": "string"}
NUMBER = {"type": "integer"}


def body(*required: str, **properties: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a JSON body."""
    schema: dict[str, Any] = {"type": "object", "properties": properties}
    return {"application/json": schema | ({"required": list(required)} if required else {})}


def moved(answer: Answer, **data: Any) -> Response:
    """Return the envelope of a money command; the header tells a repeat."""
    return Response(
        {"success": True, "data": data}, headers={"Idempotent-Replayed": "true"} if answer.replayed else None
    )


def spent(answer: Answer) -> dict[str, Any]:
    """Return what a withdrawal answers in both versions."""
    told = answer.data
    return {
        "phone": told["phone"],
        "requested": told["amount"],
        "virtualUsed": told["virtual_used"],
        "realUsed": told["real_used"],
        "totalUsed": told["virtual_used"] + told["real_used"],
        "newBalance": told["real_after"],
        "newVirtualBalance": told["virtual_after"],
        "transactionId": told["transaction_id"],
    }


def corrected(answer: Answer) -> dict[str, Any]:
    """Return what a correction answers: the row it posted, and the balances around it."""
    told = answer.data
    return {
        "phone": told["phone"],
        "transactionId": told["transaction_id"],
        "type": told["type"],
        "amount": told["real_after"] + told["virtual_after"] - told["real_before"] - told["virtual_before"],
        "previousBalance": told["real_before"],
        "newBalance": told["real_after"],
        "previousVirtualBalance": told["virtual_before"],
        "newVirtualBalance": told["virtual_after"],
        "createdAt": told["created_at"],
    }


def empty_wallet(phone: str) -> dict[str, Any]:
    """Return the wallet of somebody who is no customer yet."""
    zeros = dict.fromkeys(("balance", "virtual_balance", "virtualBalance", "total"), 0)
    return {"phone": phone, **zeros, "virtualCredits": []}
