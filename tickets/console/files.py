"""The attachments of a ticket as they are shown: our own pictures, links elsewhere, and anything else as words."""

import json
from dataclasses import dataclass
from typing import Any

from tickets.attachments import FIELDS

OURS = "/media/"
ELSEWHERE = ("https://", "http://")
LENGTH_MAX = 2_000
TEXT_MAX = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One attachment. `address` is empty where there is none that a page may lead to."""

    address: str
    name: str

    @property
    def is_picture(self) -> bool:
        """Whether we keep it: only then it is shown, as a page asks nobody else for anything."""
        return self.address.startswith(OURS)


def told_files(attachments: Any) -> list[File]:
    """Return the attachments that say anything."""
    told = [_told(one) for one in attachments] if isinstance(attachments, list) else []
    return [file for file in told if file.name]


def _told(one: Any) -> File:
    held = next((one[name] for name in FIELDS if one.get(name)), "") if isinstance(one, dict) else one
    address = held.strip() if isinstance(held, str) else ""
    name = one.get("name") if isinstance(one, dict) else ""
    name = name if isinstance(name, str) else ""
    if not _may_be_followed(address):
        return File(address="", name=(name or address or _in_words(one))[:TEXT_MAX])
    return File(address=address, name=(name or address.removeprefix(OURS))[:TEXT_MAX])


def _may_be_followed(address: str) -> bool:
    """Tell whether it is one of our pictures, or begins as a page's address does."""
    if len(address) > LENGTH_MAX or any(sign.isspace() or sign == "\\" for sign in address):
        return False
    return (address.startswith(OURS) and ".." not in address) or address.lower().startswith(ELSEWHERE)


def _in_words(one: Any) -> str:
    return json.dumps(one, ensure_ascii=False) if one else ""
