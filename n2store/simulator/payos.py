"""PayOS: makes payment links, tells of them, and sends signed webhooks, as well or as badly as it is told.

Loopback only. Source: PayOS's API reference. It repeats what was seen of the real one: a code is used once for ever
(231), what is wrong comes with status 200 and a code, a link that was made is there although its answer was lost.
"""

import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

from payos._crypto import CryptoProvider
from typing_extensions import override

from n2store.clock import VIETNAM
from n2store.simulator import payos_page
from n2store.simulator.answering import Asked, Manner, Neighbour, Reply, Said, reply
from n2store.simulator.loopback import Answer, target

CLIENT_ID, API_KEY = "simulated-client", "simulated-key"
CHECKSUM_KEY = hashlib.sha256(b"opens nothing but this simulator").hexdigest()
PATH = "/v2/payment-requests"
ORDER_CODE_MAX = 2**53 - 1
DESCRIPTION_MAX = 25
WEBHOOK_TIMEOUT_S = 20.0
ACCOUNT, ACCOUNT_NAME, BANK_BIN = "0904123456", "CUA HANG N2STORE", "970422"
SAMPLE = {
    "orderCode": 123, "amount": 3000, "description": "VQRIO123", "accountNumber": "12345678",
    "reference": "TF230204212323", "transactionDateTime": "2023-02-04 18:25:00", "currency": "VND",
    "paymentLinkId": "124c33293c43417ab7879e14c8d9eb18", "code": "00", "desc": "Thành công",
    "counterAccountBankId": "", "counterAccountBankName": "", "counterAccountName": "", "counterAccountNumber": "",
    "virtualAccountName": "", "virtualAccountNumber": "",
}  # fmt: skip
_crypto = CryptoProvider()

Data = dict[str, Any]


class Refused(Exception):
    """PayOS says no, with a code; the status is 200 more often than not."""

    def __init__(self, code: str, desc: str, status: int = 200) -> None:
        super().__init__(desc)
        self.code, self.status = code, status


@dataclass
class Payos(Neighbour):
    """A channel: its links, and what was asked. `new_fields` are sent along with everything, as a later PayOS may.

    With a `shop` to send webhooks to, each link has a page where a person plays the payer.
    """

    client_id: str = CLIENT_ID
    api_key: str = API_KEY
    checksum_key: str = CHECKSUM_KEY
    shop: str = ""
    new_fields: Data = field(default_factory=dict)
    links: dict[int, Data] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    lost: int = 0
    """So many answers are not given although the work is done."""
    references: Iterator[int] = field(default_factory=lambda: count(25_321_000_001), repr=False)
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    # What it answers

    @override
    def answer(self, path: str, query: object, authorization: str) -> Said:
        return 404, {}

    @override
    def reply(self, asked: Asked) -> Reply:
        if self.manner is Manner.BUSY:
            return Reply(429)  # Nothing is done.
        page = payos_page.reply(self, asked) if self.shop else None
        if page is not None:
            return page
        status, said = self._said(asked)
        if self.lost > 0:
            self.lost -= 1
            return Reply(502, b"<html>Bad Gateway</html>", {"Content-Type": "text/html"})
        return replace(reply(said), status=status)

    def _said(self, asked: Asked) -> Said:
        with self._lock:
            self.asked.append(f"{asked.method} {asked.path}")
            try:
                if (asked.headers.get("x-client-id"), asked.headers.get("x-api-key")) != (self.client_id, self.api_key):
                    raise Refused("401", "Unauthorized", 401)
                return 200, self._signed(self._do(asked.method, asked.path, json.loads(asked.body or b"{}")))
            except Refused as refused:
                return refused.status, {"code": refused.code, "desc": str(refused), "data": None}

    def _do(self, method: str, path: str, body: Data) -> Data:
        if (method, path) == ("POST", PATH):
            return self._create(body)
        parts = path.removeprefix(f"{PATH}/").split("/")
        link = self._found(parts[0])
        if method == "POST" and parts[1:] == ["cancel"]:
            self._cancel(link, body.get("cancellationReason"))
        return self.told(link)

    def _cancel(self, link: Data, why: str | None) -> None:
        if link["status"] == "PENDING":
            link["status"], link["canceledAt"] = "CANCELLED", _iso(datetime.now(UTC))
            link["cancellationReason"] = why

    def _create(self, given: Data) -> Data:
        if given.get("signature") != _crypto.create_signature_of_payment_request(given, self.checksum_key):
            raise Refused("201", "Mã kiểm tra(signature) không hợp lệ")
        order_code, amount, description = given.get("orderCode"), given.get("amount"), given.get("description", "")
        if type(order_code) is not int or not 0 < order_code <= ORDER_CODE_MAX:
            raise Refused("20", "order_code must not be greater than 9007199254740991")
        if type(amount) is not int or amount <= 0 or len(description) > DESCRIPTION_MAX:
            raise Refused("20", "Mô tả tối đa 25 kí tự")
        if given.get("expiredAt", 2**31) <= datetime.now(UTC).timestamp():
            raise Refused("20", "expired_at can not before now")
        if order_code in self.links:
            raise Refused("231", "Đơn thanh toán đã tồn tại")
        link_id = hashlib.md5(str(order_code).encode(), usedforsecurity=False).hexdigest()
        memo = f"CS{link_id[:9].upper()} {description}"
        self.links[order_code] = {
            "id": link_id, "orderCode": order_code, "amount": amount, "status": "PENDING", "memo": memo,
            "createdAt": _iso(datetime.now(UTC)), "transactions": [], "canceledAt": None, "cancellationReason": None,
            "expiredAt": given.get("expiredAt"),
        }  # fmt: skip
        page = f"{self.url}/pay/{order_code}" if self.shop else f"https://pay.payos.vn/web/{link_id}"
        return {
            "bin": BANK_BIN, "accountNumber": ACCOUNT, "accountName": ACCOUNT_NAME, "amount": amount,
            "description": memo, "orderCode": order_code, "currency": "VND", "paymentLinkId": link_id,
            "status": "PENDING", "expiredAt": given.get("expiredAt"), "checkoutUrl": page,
            "qrCode": qr_text(account=ACCOUNT, bank_bin=BANK_BIN, amount=amount, memo=memo), **self.new_fields,
        }  # fmt: skip

    def _found(self, name: str) -> Data:
        for link in self.links.values():
            if name in {str(link["orderCode"]), link["id"]}:
                return link
        raise Refused("101", "Mã thanh toán không tồn tại")

    def told(self, link: Data) -> Data:
        """Return a link as a question about it is answered."""
        paid = sum(each["amount"] for each in link["transactions"])
        status = link["status"]
        if paid:
            status = "PAID" if paid >= link["amount"] else "UNDERPAID"
        elif status == "PENDING" and link["expiredAt"] and link["expiredAt"] <= datetime.now(UTC).timestamp():
            status = "EXPIRED"
        names = ("id", "orderCode", "amount", "createdAt", "transactions", "canceledAt", "cancellationReason")
        told = {name: link[name] for name in names}
        return told | {
            "amountPaid": paid, "amountRemaining": max(0, link["amount"] - paid), "status": status, **self.new_fields,
        }  # fmt: skip

    def _signed(self, data: Data) -> Data:
        signature = _crypto.create_signature_from_object(data, self.checksum_key)
        return {"code": "00", "desc": "success", "data": data, "signature": signature}

    # What it sends

    def pay(self, order_code: int, amount: int | None = None, **changes: Any) -> Data:
        """Let money arrive for a link, and return the webhook's body. Changes are made before it is signed."""
        with self._lock:
            link = self.links[order_code]
            reference = changes.get("reference") or f"FT{next(self.references)}"
            at = changes.pop("at", None) or datetime.now(UTC)
            paid = link["amount"] if amount is None else amount
            counter = {
                "counterAccountBankId": None, "counterAccountBankName": None, "counterAccountName": None,
                "counterAccountNumber": None, "virtualAccountName": None, "virtualAccountNumber": None,
            }  # fmt: skip
            common = {"accountNumber": ACCOUNT, "amount": paid, "description": link["memo"], "reference": reference}
            if changes.pop("listed", True):
                link["transactions"].append({**common, "transactionDateTime": _iso(at), **counter})
            wall_time = at.astimezone(VIETNAM).strftime("%Y-%m-%d %H:%M:%S")
            data = {
                "orderCode": order_code, **common, "transactionDateTime": wall_time, "currency": "VND",
                "paymentLinkId": link["id"], "code": "00", "desc": "success", **counter, **self.new_fields, **changes,
            }  # fmt: skip
        return self.webhook(data)

    def cancel(self, order_code: int) -> None:
        """Let the payer cancel a link; nothing tells the shop."""
        with self._lock:
            self._cancel(self.links[order_code], "Khách hủy")

    def end(self, order_code: int) -> None:
        """Let the time of a link be over now; nothing tells the shop."""
        with self._lock:
            self.links[order_code]["expiredAt"] = int(datetime.now(UTC).timestamp())

    def webhook(self, data: Data) -> Data:
        """Return the body that tells `data`."""
        signature = _crypto.create_signature_from_object(data, self.checksum_key)
        return {"code": "00", "desc": "success", "success": True, "data": data, "signature": signature}

    def send(self, shop_url: str, body: Data) -> Answer:
        """Send a webhook to the shop, on a connection of its own."""
        headers = {"Content-Type": "application/json"}
        text = json.dumps(body, ensure_ascii=False).encode()
        return target(shop_url).post("/api/payos/webhook", text, headers, timeout_s=WEBHOOK_TIMEOUT_S)

    def confirm(self, shop_url: str) -> bool:
        """Try the shop's address with the sample, as PayOS does before it takes it."""
        return 200 <= self.send(shop_url, self.webhook(SAMPLE)).status < 300


def qr_text(*, account: str, bank_bin: str, amount: int, memo: str) -> str:
    """Return a VietQR text with its checksum."""

    def part(tag: str, value: str) -> str:
        return f"{tag}{len(value):02}{value}"

    holder = part("00", "A000000727") + part("01", part("00", bank_bin) + part("01", account)) + part("02", "QRIBFTTA")
    text = (
        part("00", "01") + part("01", "12") + part("38", holder) + part("53", "704") + part("54", str(amount))
        + part("58", "VN") + part("62", part("08", memo)) + "6304"
    )  # fmt: skip
    return text + f"{_crc(text.encode()):04X}"


def _crc(data: bytes) -> int:
    """CRC-16/CCITT-FALSE."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte << 8
        for _bit in range(8):
            crc = ((crc << 1) ^ 0x1021) & 0xFFFF if crc & 0x8000 else (crc << 1) & 0xFFFF
    return crc


def _iso(at: datetime) -> str:
    return at.astimezone(VIETNAM).isoformat(timespec="seconds")
