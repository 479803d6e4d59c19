"""What Pancake shows its own pages over HTTP, asked for by us: pages, conversations and messages. Read only.

The token stands in the address, for Pancake knows no other place. `calling.py` logs no addresses.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from n2store.errors import DomainError
from proxy.calling import call
from proxy.jsons import object_of
from proxy.upstreams import MEGABYTE, PANCAKE, headers_out

ANSWER_BYTES_MAX = 16 * MEGABYTE
WHOLE_S = 30.0
IDS_ARE_SAFE = "_-"

Row = Mapping[str, Any]
"""A page, conversation or message as Pancake writes it."""


class PancakeRefused(DomainError):
    """Pancake says no; `number` is its own code, such as 103 for a login that is over."""

    status, code = 502, "PANCAKE_REFUSED"

    def __init__(self, number: object) -> None:
        super().__init__("Pancake refuses.")
        self.number = number


def pages(token: str) -> list[Row]:
    """Return the pages that the login sees, those in use and those whose plan has ended.

    Raises:
        PancakeRefused: Pancake says no.
        GatewayError: there is no answer.
    """
    said = _asked("pages", token)
    groups = said.get("categorized")
    listed = [said.get("pages"), *(groups.values() if isinstance(groups, Mapping) else ())]
    return [row for each in listed if isinstance(each, list) for row in each if isinstance(row, dict)]


def conversations(token: str, page_ids: Sequence[str], *, after: str = "") -> list[Row]:
    """Return conversations of these pages, changed last first; `after` is the id of the last one of the list before.

    Raises as `pages` does.
    """
    asked = [(f"pages[{id}]", "0") for id in page_ids]
    asked += [
        ("mode", "OR"),
        ("tags", '"ALL"'),
        ("except_tags", "[]"),
        ("cursor_mode", "true"),
        ("from_platform", "web"),
    ]
    asked += [("last_conversation_id", after)] if after else []
    return _rows(_asked("conversations", token, asked), "conversations")


def messages(token: str, page_id: str, conversation_id: str) -> list[Row]:
    """Return the newest messages of a conversation, in no particular order. Raises as `pages` does."""
    steps = (quote(step, safe=IDS_ARE_SAFE) for step in (page_id, conversation_id))
    return _rows(_asked("pages/{}/conversations/{}/messages".format(*steps), token), "messages")


def _rows(said: Row, name: str) -> list[Row]:
    rows = said.get(name)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _asked(path: str, token: str, query: Sequence[tuple[str, str]] = ()) -> Row:
    fields = "&".join(
        f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in [*query, ("access_token", token)]
    )
    sent = PANCAKE.request("GET", f"{PANCAKE.prefix}{path}?{fields}", headers_out(PANCAKE, {}))
    answer = call(replace(sent, whole_s=WHOLE_S, answer_bytes_max=ANSWER_BYTES_MAX))
    said = object_of(answer)
    if said.get("success") is False or answer.status >= 400:
        raise PancakeRefused(said.get("error_code", answer.status))
    return said
