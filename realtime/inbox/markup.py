"""Taking markup out of what strangers write: old pages put it into their HTML as it is."""

import re
from typing import Any

# A lone `<`, as in `a < b` or `<3`, is text: a browser makes no element of it.
_ELEMENT = re.compile(r"<[A-Za-z/!?][^>]*(?:>|$)")
_LINE_END = re.compile(r"<br\s*/?>|</(?:div|p)\s*>", re.IGNORECASE)
_MANY_LINES = re.compile(r"\n{3,}")
_NOT_STORABLE = re.compile("[\x00\ud800-\udfff]")


def plain(text: str) -> str:
    """Return the text without elements; the ends of lines and blocks become line breaks, entities stay as they are."""
    if "<" not in text:
        return text
    text = _LINE_END.sub("\n", text)
    while (less := _ELEMENT.sub("", text)) != text:  # What is left may have become an element: `<<b>img …>`.
        text = less
    return _MANY_LINES.sub("\n\n", text).strip()


def storable(value: Any) -> Any:
    """Return JSON with a mark in place of each character that PostgreSQL does not take, in keys as well."""
    if isinstance(value, str):
        return _NOT_STORABLE.sub("\ufffd", value)
    if isinstance(value, list):
        return [storable(each) for each in value]
    if isinstance(value, dict):
        return {storable(name): storable(each) for name, each in value.items()}
    return value
