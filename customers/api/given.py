"""Profiles as bodies give them: the names on the wire, and which of them a door takes."""

from collections.abc import Collection, Mapping
from typing import Any

STORED_AS = {"debt": "debt_vnd"}
"""Wire name -> field, where they differ."""
EMPTIED = {"email": "", "address": "", "internal_note": "", "tags": []}
"""What null means where null empties a field."""


def given_fields(body: Mapping[str, Any], taken: Collection[str]) -> dict[str, Any]:
    """Return the fields that the body gives; null is not given."""
    return {STORED_AS.get(name, name): body[name] for name in taken if body.get(name) is not None}


def patched_fields(body: Mapping[str, Any], taken: Collection[str]) -> dict[str, Any]:
    """Return the fields that the body changes; null empties those that can be empty."""
    return {name: EMPTIED.get(name) if body[name] is None else body[name] for name in taken if name in body}
