"""TPOS: gives tokens, tells its customers by phone or id and its invoices by when they changed. Loopback only.

It does so as well or as badly as it is told to.
"""

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from typing_extensions import override

from n2store.simulator.answering import Manner, Neighbour, Said

__all__ = ["CLIENT_ID", "PASSWORD", "USERNAME", "Manner", "Tpos", "partner"]

USERNAME, PASSWORD, CLIENT_ID = "shop", "secret", "tmtWebApp"
TOKEN_LIFETIME_S = 1_295_999
PARTNER = re.compile(r"/odata/Partner\((\d+)\)")
SEARCH = "/odata/Partner/ODataService.GetViewV2"
ORDERS = "/odata/FastSaleOrder/ODataService.GetView"
AFTER = re.compile(r"LastUpdated gt (\S+) or \(LastUpdated eq \S+ and Id gt (\d+)\)")


@dataclass
class Tpos(Neighbour):
    """A book of customers, and what was asked of it. Rows are as TPOS sends them."""

    partners: list[dict[str, Any]] = field(default_factory=list)
    orders: list[dict[str, Any]] = field(default_factory=list)
    tokens_given: int = 0
    asked: list[str] = field(default_factory=list)
    _good: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def forget_tokens(self) -> None:
        """Take no token that was given before."""
        with self._lock:
            self._good.clear()

    @override
    def token(self, form: Mapping[str, list[str]]) -> Said:
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

    @override
    def answer(self, path: str, query: Mapping[str, list[str]], authorization: str) -> Said:
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
