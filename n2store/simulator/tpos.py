"""TPOS: gives tokens, tells its customers by phone or id and its invoices by when they changed. Loopback only.

It does so as well or as badly as it is told to.
"""

import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from typing_extensions import override

USERNAME, PASSWORD, CLIENT_ID = "shop", "secret", "tmtWebApp"
TOKEN_LIFETIME_S = 1_295_999
PARTNER = re.compile(r"/odata/Partner\((\d+)\)")
SEARCH = "/odata/Partner/ODataService.GetViewV2"
ORDERS = "/odata/FastSaleOrder/ODataService.GetView"
AFTER = re.compile(r"LastUpdated gt (\S+) or \(LastUpdated eq \S+ and Id gt (\d+)\)")


class Manner(StrEnum):
    """How it answers questions. Tokens are given as long as it does not hang."""

    WELL = "well"
    FAILING = "failing"
    GARBLED = "garbled"
    HANGING = "hanging"
    DRIPPING = "dripping"
    BUSY = "busy"


@dataclass
class Tpos:
    """A book of customers, and what was asked of it. Rows are as TPOS sends them."""

    partners: list[dict[str, Any]] = field(default_factory=list)
    orders: list[dict[str, Any]] = field(default_factory=list)
    manner: Manner = Manner.WELL
    tokens_given: int = 0
    asked: list[str] = field(default_factory=list)
    url: str = ""
    _good: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _over: threading.Event = field(default_factory=threading.Event)

    def forget_tokens(self) -> None:
        """Take no token that was given before."""
        with self._lock:
            self._good.clear()

    def token(self, form: Mapping[str, list[str]]) -> tuple[int, dict[str, Any]]:
        """Return what the token address answers."""
        said = {name: values[0] for name, values in form.items()}
        right = {"grant_type": "password", "username": USERNAME, "password": PASSWORD, "client_id": CLIENT_ID}
        if said != right:
            return 400, {"error": "invalid_grant", "error_description": "The user name or password is incorrect."}
        with self._lock:
            self.tokens_given += 1
            token = f"token-{self.tokens_given}"
            self._good.add(token)
        return 200, {"access_token": token, "token_type": "bearer", "expires_in": TOKEN_LIFETIME_S}

    def answer(self, path: str, query: Mapping[str, list[str]], authorization: str) -> tuple[int, dict[str, Any]]:
        """Return what TPOS answers to a question about its customers."""
        with self._lock:
            self.asked.append(query["Phone"][0] if "Phone" in query else path)
            known = authorization.removeprefix("Bearer ") in self._good
        if not known:
            return 401, {"message": "Authorization has been denied for this request."}
        if one := PARTNER.fullmatch(path):
            row = next((row for row in self.partners if row.get("Id") == int(one[1])), None)
            return (200, {"@odata.context": "…", **row}) if row else (404, {"error": {"message": "Not found"}})
        if path == ORDERS:
            return self._orders(query)
        if path != SEARCH:
            return 404, {"message": "No such address."}
        return 200, self._search(query)

    def _orders(self, query: Mapping[str, list[str]]) -> tuple[int, dict[str, Any]]:
        """Find the invoices that changed after a moment, oldest change first."""
        asked = AFTER.search(query["$filter"][0])
        if asked is None:
            return 400, {"error": {"message": "The query specified in the URI is not valid."}}
        after = (datetime.fromisoformat(asked[1]), int(asked[2]))
        placed = sorted(((datetime.fromisoformat(row["LastUpdated"]), row["Id"]), row) for row in self.orders)
        rows = [row for place, row in placed if place > after and row.get("Type") == "invoice"]
        return 200, {"@odata.context": "…", "value": rows[: int(query["$top"][0])]}

    def _search(self, query: Mapping[str, list[str]]) -> dict[str, Any]:
        """Find customers whose phone holds the digits, newest first; strangers are sent along."""
        digits, top = query["Phone"][0], int(query.get("$top", ["50"])[0])
        spelled = [(re.sub(r"\D", "", str(row.get("Phone") or "")), row) for row in self.partners]
        fitting = [row for phone, row in spelled if digits.lstrip("0") in phone or row.get("Stray")]
        rows = sorted(fitting, key=lambda row: str(row.get("DateCreated")), reverse=True)
        return {"@odata.context": "…", "@odata.count": len(rows), "value": rows[:top]}

    @contextmanager
    def serving(self) -> Iterator["Tpos"]:
        """Answer on a free port of 127.0.0.1, named by `url`, until the end."""
        server = _Server(("127.0.0.1", 0), _Handler)
        server.tpos = self
        self.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._over.set()
            server.shutdown()
            thread.join()
            server.server_close()

    def wait_until_over(self, timeout_s: float) -> bool:
        """Wait, as a server that hangs does; True once there is nobody left to answer."""
        return self._over.wait(timeout_s)


def partner(id: int, phone: str, name: str = "Chị Hoa", **more: Any) -> dict[str, Any]:
    """Return a customer as TPOS sends it; a change to `...` leaves the field out."""
    row = {
        "Id": id, "Name": name, "DisplayName": name, "Phone": phone, "Email": None, "Street": "12 Lê Lợi, Quận 1",
        "FullAddress": "12 Lê Lợi, Phường Bến Nghé, Quận 1, TP. Hồ Chí Minh", "StatusText": "Bình thường",
        "Status": "Normal", "NameNetwork": "Viettel", "Credit": 0.0, "Debit": 0.0, "Active": True, "Customer": True,
        "DateCreated": f"2026-01-01T00:00:{id % 60:02}+07:00",
    }  # fmt: skip
    return {name: value for name, value in (row | more).items() if value is not ...}


def invoice(id: int, phone: str, at: datetime, **more: Any) -> dict[str, Any]:
    """Return an invoice that was made and last changed at a moment, as TPOS sends it; `...` leaves a field out."""
    moment = at.isoformat()
    row = {
        "Id": id, "Number": f"NJD/2026/{id}", "Type": "invoice", "PartnerId": None, "PartnerDisplayName": "Chị Hoa",
        "Phone": phone, "AmountTotal": 350000.0, "State": "open", "ShowState": "Đã xác nhận", "ShipStatus": "none",
        "ShowShipStatus": "", "TrackingRef": None, "CarrierName": "SHIP TỈNH", "DateInvoice": moment,
        "DateCreated": moment, "LastUpdated": moment,
    }  # fmt: skip
    return {name: value for name, value in (row | more).items() if value is not ...}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    tpos: Tpos

    @override
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of callers who did not wait for the answer."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = urlsplit(self.path).path
        status, answer = self.server.tpos.token(parse_qs(body.decode())) if path == "/token" else (404, {})
        self._send(status, json.dumps(answer).encode())

    def do_GET(self) -> None:
        parts, tpos = urlsplit(self.path), self.server.tpos
        status, answer = tpos.answer(parts.path, parse_qs(parts.query), self.headers.get("Authorization") or "")
        body = json.dumps(answer).encode()
        match tpos.manner:
            case Manner.FAILING:
                self._send(500, b"<html>Server Error</html>")
            case Manner.BUSY:
                self._send(429, b"{}")
            case Manner.GARBLED:
                self._send(200, body[: len(body) // 2])
            case Manner.HANGING:
                tpos.wait_until_over(60)
            case Manner.DRIPPING:
                self._drip(body)
            case Manner.WELL:
                self._send(status, body)

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _drip(self, body: bytes) -> None:
        """Send the answer byte by byte: never silent, never done."""
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        for place in range(len(body)):
            self.wfile.write(body[place : place + 1])
            self.wfile.flush()
            if self.server.tpos.wait_until_over(0.05):
                return

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: tests read what was asked from the book itself."""
