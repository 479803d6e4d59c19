"""SePay's list of transactions: what its webhook may have failed to tell. Read only, with a token of its own.

Three questions a second are allowed; ours share one pace (`SEPAY_API_CALLS_PER_S`). Rows stay as SePay writes them:
ids and amounts are text. Source: SePay's page on its transactions API.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from n2store.clock import VIETNAM
from n2store.errors import DomainError
from proxy.errors import GatewayError, UpstreamOpen
from proxy.pace import Pace, TooBusy
from proxy.questions import ask

UPSTREAM = "sepay-list"
PATH = "/userapi/transactions/list"
ROWS_MAX = 5_000
PAGES_MAX = 40
BODY_MAX_BYTES = 32 * 1024 * 1024
LOOPBACK = ("127.0.0.1", "localhost", "::1")

Row = Mapping[str, Any]
"""One transaction as SePay's list writes it."""


class SepayListError(DomainError):
    """SePay did not answer a question about its list."""


class SepayUnavailable(SepayListError):
    """SePay is not reached, too slow, or answers what nobody can read; later it may."""

    status, code = 503, "SEPAY_LIST_UNAVAILABLE"


class SepayBusy(SepayUnavailable):
    """SePay wants fewer questions, or our own pace had no turn in time."""

    code = "SEPAY_LIST_BUSY"


class SepayRefused(SepayListError):
    """SePay says no: to our token, or to the question. Asking again changes nothing. `params`: status."""

    status, code = 502, "SEPAY_LIST_REFUSED"


class SepayNotConfigured(SepayListError):
    """No token is set, or the address is not safe to send it to."""

    status, code = 503, "SEPAY_LIST_NOT_CONFIGURED"


@dataclass(frozen=True, slots=True)
class Found:
    """Rows in the order of their ids, each once. Not `complete`: SePay has more than was asked for.

    `from_begin`: nothing is left out before the last of them.
    """

    rows: tuple[Row, ...]
    complete: bool
    from_begin: bool = True


@dataclass(frozen=True, slots=True)
class SepayList:
    """A connection to the list with one token. Threads may share it."""

    base_url: str
    token: str = field(repr=False)
    timeout_s: float
    pace: Pace

    def between(self, account_number: str, begin: datetime, end: datetime) -> Found:
        """Return an account's transactions from one moment to another, both included, to the second."""
        return self._all({"account_number": account_number, "transaction_date_min": _wall_time(begin)}, until=end)

    def since(self, account_number: str, id: int) -> Found:
        """Return an account's transactions from an id on, that one included."""
        return self._all({"account_number": account_number, "since_id": str(id)})

    def by_reference(self, reference: str, account_number: str | None = None) -> Found:
        """Return the transactions with a bank reference."""
        given = {"reference_number": reference}
        return self._all(given | ({"account_number": account_number} if account_number else {}))

    def _all(self, given: dict[str, str], *, until: datetime | None = None) -> Found:
        """Ask until nothing is left out. SePay does not say at which end a full page stops, so both are asked."""
        bounded = given | ({"transaction_date_max": _wall_time(until)} if until else {})
        first = self._page(bounded)
        rows = _by_id(first)
        if len(first) < ROWS_MAX:
            return Found(tuple(rows.values()), complete=True)
        older = self._rest(rows, lambda: given | {"transaction_date_max": min(map(_moment, rows.values()))})
        newer = self._rest(rows, lambda: bounded | {"since_id": str(max(map(_number, rows.values())))})
        return Found(tuple(sorted(rows.values(), key=_number)), complete=older and newer, from_begin=older)

    def _rest(self, rows: dict[str, Row], narrowed: Callable[[], dict[str, str]]) -> bool:
        """Add to `rows` what further questions bring, each narrowed by what is known; True when that is all."""
        for _page in range(PAGES_MAX):
            known = len(rows)
            page = self._page(narrowed())
            rows |= _by_id(page)
            if len(page) < ROWS_MAX:
                return True
            if len(rows) == known:
                return False  # More rows in one second than a page holds.
        return False

    def _page(self, given: dict[str, str]) -> list[Row]:
        try:
            self.pace.wait(time.monotonic() + self.timeout_s)
        except TooBusy:
            raise SepayBusy("SePay has no turn for us in time") from None
        status, body = self._call(given | {"limit": str(ROWS_MAX)})
        if status == 429:
            raise SepayBusy("SePay wants fewer questions")
        if status >= 500 or status == 408:
            raise SepayUnavailable(f"SePay answers {status}", status=status)
        if status != 200:
            raise SepayRefused(f"SePay refuses: {status}", status=status)
        return _rows(body)

    def _call(self, parameters: Mapping[str, str]) -> tuple[int, bytes]:
        """Send one request and return status and body."""
        headers = {"Accept": "application/json", "Authorization": f"Bearer {self.token}"}
        try:
            return ask(
                UPSTREAM, "GET", self.base_url + PATH, told=PATH, timeout_s=self.timeout_s, bytes_max=BODY_MAX_BYTES,
                params=parameters, headers=headers,
            )  # fmt: skip
        except UpstreamOpen:
            raise SepayUnavailable("SePay fails again and again, so it is not asked now") from None
        except GatewayError as error:
            raise SepayUnavailable(f"SePay does not answer: {error.code}") from None


def sepay_list() -> SepayList:
    """Return the client that the settings describe.

    Raises:
        SepayNotConfigured: they hold no token, or an address that is neither https nor this machine.
    """
    base_url, token = settings.SEPAY_API_URL.rstrip("/"), settings.SEPAY_API_TOKEN
    parts = urlsplit(base_url)
    if not token:
        raise SepayNotConfigured("SEPAY_API_TOKEN is not set")
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise SepayNotConfigured("SEPAY_API_URL must be https")
    return _client(base_url, token, settings.SEPAY_API_TIMEOUT_S, settings.SEPAY_API_CALLS_PER_S)


@cache
def _client(base_url: str, token: str, timeout_s: float, calls_per_s: float) -> SepayList:
    return SepayList(base_url, token, timeout_s, Pace(UPSTREAM, calls_per_s))


def _rows(body: bytes) -> list[Row]:
    """Return the rows of an answer. What a row holds is the reader's concern: one bad row spoils no other."""
    try:
        answer = json.loads(body, parse_float=str, parse_constant=str)  # Amounts never become binary fractions.
    except (ValueError, RecursionError):
        answer = None
    rows = answer.get("transactions") if isinstance(answer, dict) else None
    if not isinstance(rows, list):
        raise SepayUnavailable("SePay answers what nobody can read")
    return [row for row in rows if isinstance(row, dict)]


def _by_id(rows: list[Row]) -> dict[str, Row]:
    return {str(row.get("id")): row for row in sorted(rows, key=_number)}


def _number(row: Row) -> int:
    text = str(row.get("id"))
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else 0


def _moment(row: Row) -> str:
    return str(row.get("transaction_date"))


def _wall_time(at: datetime) -> str:
    return at.astimezone(VIETNAM).strftime("%Y-%m-%d %H:%M:%S")
