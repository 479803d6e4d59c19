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

from n2store.simulator.answering import Asked, Manner, Neighbour, Reply, Said, reply

__all__ = ["CLIENT_ID", "PASSWORD", "USERNAME", "Manner", "Tpos", "partner"]

USERNAME, PASSWORD, CLIENT_ID = "shop", "secret", "tmtWebApp"
TOKEN_LIFETIME_S = 1_295_999
PARTNER = re.compile(r"/odata/Partner\((\d+)\)")
SEARCH = "/odata/Partner/ODataService.GetViewV2"
ORDERS = "/odata/FastSaleOrder/ODataService.GetView"
CRM_TEAMS = "/odata/CRMTeam/ODataService.GetAllFacebook"
PAGES = {"100000000000101": "Trang Thử A", "100000000000202": "Trang Thử B"}
"""The shop's pages at Facebook, whose tokens TPOS tells."""
EXPORT = b"PK\x03\x04" + bytes(range(256)) * 40
"""What stands for a workbook: bytes that no text survives."""
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
    def reply(self, asked: Asked) -> Reply | None:
        """Answer what pages ask through the gateway; what the shop's own server asks goes to `answer`."""
        if asked.path == "/token" or (asked.method == "GET" and _is_ours(asked)):
            return None
        with self._lock:
            known = asked.headers.get("authorization", "").removeprefix("Bearer ") in self._good
        if not known:
            return reply({"message": "Authorization has been denied for this request."}, 401)
        return self._told(asked)

    def _told(self, asked: Asked) -> Reply:
        match asked.path.strip("/").split("/"):
            case ["odata", "CRMTeam", _]:
                return reply(crm_teams())
            case ["Product" | "FastSaleOrder" | "SaleOnline_Order", _]:
                kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
                named = {"Content-Type": kind, "Content-Disposition": "attachment; filename*=UTF-8''h%C3%A0ng.xlsx"}
                return Reply(200, EXPORT, named | {"Set-Cookie": "tpos=1", "Server": "Microsoft-IIS/10.0"})
            case ["fastsaleorder", _]:
                return reply({"html": "<b>Phiếu giao</b>"})
            case ["api", "facebook-graph", "comment", "stream"]:
                body = b'data: [{"id": "1", "message": "Ch\xe1\xbb\x91t"}]\n\n'
                return Reply(200, body, {"Content-Type": "text/event-stream"}, None)
            case ["odata", _, "ODataService.UpdateStatus"]:
                return Reply(204)
            case _:
                return reply({"@odata.context": "…", "value": [], "Items": [], "data": []}, OData_Version="4.0")

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


def _is_ours(asked: Asked) -> bool:
    """Tell whether the shop's own server asks: about customers, or about invoices as they change."""
    return bool(
        PARTNER.fullmatch(asked.path)
        or asked.path == SEARCH
        or (asked.path == ORDERS and AFTER.search(asked.query.get("$filter", [""])[0]))
    )


def crm_teams() -> dict[str, Any]:
    """Return the shop's pages at Facebook with their tokens, as TPOS tells them."""
    children = [
        {
            "Id": 10_037 + place, "Name": name, "Facebook_TypeId": "Page", "Facebook_PageId": id,
            "Facebook_PageName": name, "Facebook_PageToken": page_token(id),
        }
        for place, (id, name) in enumerate(PAGES.items())
    ]  # fmt: skip
    account = {
        "Id": 10_043, "Name": "Tài khoản thử", "Facebook_TypeId": "User", "Facebook_PageId": None,
        "Facebook_PageToken": None, "Childs": children,
    }  # fmt: skip
    return {"@odata.context": "…", "value": [account]}


def page_token(page_id: str) -> str:
    """Return the token of a page."""
    return f"page-token-{page_id}"


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
