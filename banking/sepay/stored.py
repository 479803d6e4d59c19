"""Reads again what is stored: bodies of the webhook, as JSON or as a form, and rows of the list."""

import json

from banking.sepay import listed, parser
from banking.sepay.parser import Notice


def notice_of(body: str) -> Notice:
    """Return what a stored body says, by whichever way it came.

    Raises:
        BadDelivery: by the present rules it cannot be stored.
    """
    if not body.lstrip().startswith(("{", "[", '"')) and "=" in body:
        return parser.parse(body.encode(), content_type="application/x-www-form-urlencoded")
    try:
        given = json.loads(body, parse_float=str)
    except ValueError:
        given = None
    if isinstance(given, dict) and "transaction_date" in given:
        return listed.notice(given)
    return parser.parse(body.encode())
