"""Evidence in words, for staff."""

from typing import Any


def said(evidence: dict[str, Any]) -> str:
    """Return one piece of evidence as a sentence in the reader's language."""
    raise NotImplementedError
