"""Pictures that come within a ticket's attachments: kept as every uploaded picture is, and named by their address."""

import base64
import binascii
import re
from typing import Any

from django.utils import timezone

from proxy import uploads

PICTURE = re.compile(r"data:image/[\w.+-]+;base64,", re.ASCII)
GIVER = "ticket"
"""Whom a picture is kept for: it goes when neither a ticket nor a person wants it."""
FIELDS = ("url", "image", "data")


def kept(given: object) -> object:
    """Return attachments with an address, `/media/…`, in place of each picture that they hold as a `data:` text.

    What is no list, and what is no such picture, stays as it is: `tickets.products` judges it.

    Raises:
        InvalidImage: a text says that it is a picture, and is none that we keep.
    """
    return [_kept(one) for one in given] if isinstance(given, list) else given


def _kept(one: Any) -> Any:
    if _is_picture(one):
        return {"url": _address(one, "")}
    if not isinstance(one, dict):
        return one
    held = next((name for name in FIELDS if _is_picture(one.get(name))), None)
    if held is None:
        return one
    address = _address(one[held], str(one.get("name") or ""))
    return {name: value for name, value in one.items() if name != held} | {"url": address}


def _is_picture(value: object) -> bool:
    return isinstance(value, str) and PICTURE.match(value) is not None


def _address(text: str, name: str) -> str:
    try:
        content = base64.b64decode(text.partition(",")[2], validate=True)
    except (binascii.Error, ValueError):
        raise uploads.InvalidImage("The picture is not base64.") from None
    return f"/media/{uploads.keep(content, by=GIVER, at=timezone.now(), given_name=name).name}"
