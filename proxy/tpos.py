"""TPOS's book of customers, by phone, by part of a phone, by id; and its invoices, by when they changed. Read only.

TPOS gives a token for the shop's user and password; `proxy.tokens` keeps it until five minutes before its end, for all
processes, and lets one of them fetch it. Source: the shop's existing pages and server.
"""

import json
import math
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from n2store.clock import VIETNAM
from n2store.errors import DomainError
from proxy import tokens
from proxy.errors import GatewayError, UpstreamOpen
from proxy.questions import ask

UPSTREAM = "tpos"
"""Its breaker and its traces are those of the gateway's calls to TPOS."""
PAGE_ROWS = 50
ORDERS_PAGE_ROWS = 200
BODY_MAX_BYTES = 4 * 1024 * 1024
TOKEN_LIFETIME_S = 3600
"""How long a token lives that does not say so."""
TOLD_BESIDE = ("token_type", "userName", "userId")
LOOPBACK = ("127.0.0.1", "localhost", "::1")
_DIGITS = re.compile(r"[0-9]{5,11}")
_ID = re.compile(r"[0-9]{1,18}")


class TposError(DomainError):
    """TPOS did not answer a question."""


class TposUnavailable(TposError):
    """TPOS is not reached, too slow, or answers what nobody can read; later it may."""

    status, code = 503, "TPOS_TIMEOUT"


class TposRefused(TposError):
    """TPOS says no: to our user, or to the question. Asking again changes nothing."""

    status, code = 502, "TPOS_ERROR"


class TposNotConfigured(TposError):
    """No user of TPOS is set, or its address is not safe to send a password to."""

    status, code = 503, "TPOS_NOT_CONFIGURED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """One customer of TPOS. Texts are empty and amounts 0 where TPOS has none; `raw` is the row as it came."""

    id: str
    phone: str
    name: str
    email: str
    address: str
    status: str
    network: str
    credit_vnd: int
    debit_vnd: int
    raw: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """The answer to a search, newest first. Not `complete`: of `total`, TPOS has more that nobody has seen."""

    partners: tuple[Partner, ...]
    complete: bool
    total: int


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place among the invoices: when one changed last, and its id."""

    at: datetime
    id: int


@dataclass(frozen=True, slots=True)
class OrderPage:
    """Invoices as TPOS has them, oldest change first, and the place of the last one."""

    rows: tuple[Mapping[str, Any], ...]
    last: Place | None
    is_last: bool


@dataclass(slots=True)
class Tpos:
    """A connection to TPOS for one user. Threads may share it."""

    base_url: str
    username: str
    password: str = field(repr=False)
    client_id: str
    timeout_s: float

    def token(self, *, rejected: str | None = None) -> str:
        """Return a token that TPOS takes; `rejected`: one that it does not take any more.

        Raises:
            TposError: there is none to be had.
        """
        return self._token_for(time.monotonic() + self.timeout_s, rejected=rejected)

    def login(self) -> tokens.Token:
        """Return the user's token with its end and what TPOS says beside it; from the cache where it is still good.

        Raises:
            TposError: there is none to be had.
        """
        return self._kept(time.monotonic() + self.timeout_s, None)

    def search_by_phone(self, phone: str) -> Found:
        """Return the customers that TPOS finds by a phone; it also finds longer numbers that hold it."""
        return self._search(phone)

    def search_partial(self, digits: str) -> Found:
        """Return the customers whose phone holds five or more digits somewhere."""
        return self._search(digits)

    def by_id(self, tpos_id: str) -> Partner | None:
        """Return one customer, or None when TPOS has none by that id."""
        if not _ID.fullmatch(tpos_id):
            return None
        answer = self._ask(f"/odata/Partner({tpos_id})", {}, missing_is_none=True)
        return None if answer is None else _partner(answer)

    def facebook_teams(self, *, bearer: str | None = None) -> list[Any]:
        """Return the shop's accounts and pages at Facebook with their tokens, as TPOS has them.

        `bearer` asks as whoever it belongs to, once; otherwise the shop asks.
        """
        path, given = "/odata/CRMTeam/ODataService.GetAllFacebook", {"$expand": "Childs"}
        if bearer is None:
            answer = self._ask(path, given) or {}
        else:
            deadline = time.monotonic() + self.timeout_s
            answer = _object(_accepted(*self._call("GET", path, deadline, params=given, token=bearer)))
        teams = answer.get("value")
        if not isinstance(teams, list):
            raise TposUnavailable("TPOS answers what nobody can read")
        return teams

    def orders_after(self, place: Place) -> OrderPage:
        """Return the invoices that changed after `place`, by change and id, at most `ORDERS_PAGE_ROWS` of them."""
        since = place.at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        later = f"LastUpdated gt {since} or (LastUpdated eq {since} and Id gt {place.id})"
        given = {
            "$filter": f"Type eq 'invoice' and ({later})",
            "$orderby": "LastUpdated,Id",
            "$top": str(ORDERS_PAGE_ROWS),
        }
        return _orders(self._ask("/odata/FastSaleOrder/ODataService.GetView", given), after=place)

    def access_token(self, *, rejected: str | None = None) -> str:
        """Return a token that TPOS has given and not refused; `rejected` is one that it refuses.

        Raises:
            TposError: TPOS gives none.
        """
        return self._token_for(time.monotonic() + self.timeout_s, rejected=rejected)

    def _search(self, digits: str) -> Found:
        if not _DIGITS.fullmatch(digits):
            raise ValueError("TPOS is asked for 5 to 11 digits.")
        given = {"Type": "Customer", "Active": "true", "Phone": digits}
        page = {"$top": str(PAGE_ROWS), "$orderby": "DateCreated desc", "$count": "true"}
        answer = self._ask("/odata/Partner/ODataService.GetViewV2", given | page)
        return _found(answer)

    def _ask(self, path: str, parameters: Mapping[str, str], *, missing_is_none: bool = False) -> dict[str, Any] | None:
        """Ask with the token we have, and once more with a new one when TPOS does not take it."""
        deadline = time.monotonic() + self.timeout_s
        token = self._token_for(deadline)
        status, answer = self._call("GET", path, deadline, params=parameters, token=token)
        if status == 401:
            token = self._token_for(deadline, rejected=token)
            status, answer = self._call("GET", path, deadline, params=parameters, token=token)
        if status == 404 and missing_is_none:
            return None
        return _object(_accepted(status, answer))

    def _token_for(self, deadline: float, *, rejected: str | None = None) -> str:
        return self._kept(deadline, rejected).text

    def _kept(self, deadline: float, rejected: str | None) -> tokens.Token:
        """Return a token that TPOS has not rejected; whoever comes while one is fetched waits and takes the same."""
        name = tokens.name_of("tpos", self.base_url, self.username, self.password, self.client_id)
        try:
            return tokens.token(name, lambda: self._fetch_token(deadline), deadline=deadline, rejected=rejected)
        except tokens.TooSlow:
            raise TposUnavailable("TPOS did not give a token in time") from None

    def _fetch_token(self, deadline: float) -> tokens.Token:
        form = {
            "grant_type": "password", "username": self.username, "password": self.password, "client_id": self.client_id,
        }  # fmt: skip
        status, body = self._call("POST", "/token", deadline, data=form)
        if status == 400:  # OAuth's word for a wrong password.
            status = 401
        answer = _object(_accepted(status, body))
        text, lives_s = answer.get("access_token"), answer.get("expires_in", TOKEN_LIFETIME_S)
        if not isinstance(text, str) or not re.fullmatch(r"[\x21-\x7e]{1,8000}", text):
            raise TposUnavailable("TPOS gave no token")
        lives_s = lives_s if type(lives_s) is int else int(lives_s) if str(lives_s).isdecimal() else TOKEN_LIFETIME_S
        more = {name: answer[name] for name in TOLD_BESIDE if isinstance(answer.get(name), str)}
        return tokens.Token(text, time.time() + max(lives_s, 0), more)

    def _call(
        self,
        method: str,
        path: str,
        deadline: float,
        *,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None,
        token: str | None = None,
    ) -> tuple[int, bytes]:
        """Send one request and return status and body, all within the deadline and a bounded size."""
        headers = {"Accept": "application/json", "Origin": self.base_url, "Referer": f"{self.base_url}/"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        left_s = max(deadline - time.monotonic(), 0.001)
        try:
            return ask(
                UPSTREAM, method, self.base_url + path, told=path, timeout_s=left_s, bytes_max=BODY_MAX_BYTES,
                params=params, data=data, headers=headers,
            )  # fmt: skip
        except UpstreamOpen:
            raise TposUnavailable("TPOS fails again and again, so it is not asked now") from None
        except GatewayError as error:
            raise TposUnavailable(f"TPOS does not answer: {error.code}") from None


_clients: dict[tuple[str, str, str, str, float], Tpos] = {}


def tpos() -> Tpos:
    """Return the client that the settings describe.

    Raises:
        TposNotConfigured: they name no user, or an address that is neither https nor this machine.
    """
    base_url = settings.TPOS_BASE_URL.rstrip("/")
    parts = urlsplit(base_url)
    if not settings.TPOS_USERNAME or not settings.TPOS_PASSWORD:
        raise TposNotConfigured("TPOS_USERNAME and TPOS_PASSWORD are not set")
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise TposNotConfigured("TPOS_BASE_URL must be https")
    described = (
        base_url, settings.TPOS_USERNAME, settings.TPOS_PASSWORD, settings.TPOS_CLIENT_ID, settings.TPOS_TIMEOUT_S,
    )  # fmt: skip
    if described not in _clients:
        username, password, client_id, timeout_s = described[1:]
        _clients[described] = Tpos(
            base_url=base_url, username=username, password=password, client_id=client_id, timeout_s=timeout_s
        )
    return _clients[described]


def _accepted(status: int, body: bytes) -> bytes:
    """Return the body of a good answer.

    Raises:
        TposRefused: TPOS says no.
        TposUnavailable: TPOS is ill, or busy.
    """
    if status == 200:
        return body
    if 400 <= status < 500 and status not in {408, 429}:
        raise TposRefused(f"TPOS refuses: {status}", status=status, error_message=f"HTTP {status}")
    raise TposUnavailable(f"TPOS answers {status}", status=status)


def _object(body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body, parse_constant=lambda _: None)  # NaN is no JSON.
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise TposUnavailable("TPOS answers what nobody can read")
    return answer


def _found(answer: dict[str, Any] | None) -> Found:
    rows = (answer or {}).get("value")
    if answer is None or not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise TposUnavailable("TPOS answers what nobody can read")
    count = answer.get("@odata.count")
    if isinstance(count, int) and count >= len(rows):
        total, all_here = count, count == len(rows)
    else:
        total, all_here = len(rows), len(rows) < PAGE_ROWS
    complete = all_here and "@odata.nextLink" not in answer
    return Found(tuple(_partner(row) for row in rows), complete=complete, total=total)


def _orders(answer: dict[str, Any] | None, *, after: Place) -> OrderPage:
    """Read a page. TPOS's clock is finer than ours: the last row may come once more, and is left out."""
    rows = (answer or {}).get("value")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise TposUnavailable("TPOS answers what nobody can read")
    places = [_place(row) for row in rows]
    news = tuple(row for row, place in zip(rows, places, strict=True) if place is None or place > after)
    last = max((place for place in places if place is not None and place > after), default=None)
    full = len(rows) >= ORDERS_PAGE_ROWS
    if full and last is None:  # A page of what we have, or without a date: nobody would ever get further.
        last = Place(after.at + timedelta(milliseconds=1), 0)
    return OrderPage(news, last, is_last=not full)


def _place(row: dict[str, Any]) -> Place | None:
    """Return the place of an invoice; None when it does not say when it changed."""
    id, changed = row.get("Id"), row.get("LastUpdated")
    if type(id) is not int or not isinstance(changed, str):
        return None
    try:
        at = datetime.fromisoformat(changed)
    except ValueError:
        return None
    return Place(at if at.tzinfo else at.replace(tzinfo=VIETNAM), id)


def _partner(row: dict[str, Any]) -> Partner:
    """Read one row. Fields we do not know are of no concern; one of ours that is no text counts as missing.

    Raises:
        TposUnavailable: it has no id: then it is no customer of TPOS.
    """
    id = row.get("Id")
    if type(id) is not int or id <= 0:
        raise TposUnavailable("TPOS answers a customer without an id")
    return Partner(
        id=str(id),
        phone=_text(row, "Phone"),
        name=_text(row, "Name") or _text(row, "DisplayName"),
        email=_text(row, "Email"),
        address=_text(row, "FullAddress") or _text(row, "Street"),
        status=_text(row, "StatusText") or _text(row, "Status"),
        network=_text(row, "NameNetwork"),
        credit_vnd=_dong(row, "Credit"),
        debit_vnd=_dong(row, "Debit"),
        raw=row,
    )


def _dong(row: dict[str, Any], name: str) -> int:
    """Return an amount, which TPOS writes as a decimal number, in whole dong."""
    value = row.get(name)
    return round(value) if isinstance(value, int | float) and math.isfinite(value) else 0


def _text(row: dict[str, Any], name: str) -> str:
    value = row.get(name)
    return value.strip() if isinstance(value, str) else ""
