"""SePay's transactions API over the bank's book. Source: SePay's page on it; ids and amounts are text, newest first."""

import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from typing_extensions import override

from n2store.simulator.answering import Neighbour, Said
from n2store.simulator.bank import Bank, Line

PATH = "/userapi/transactions/list"
TOKEN = "simulated-token"  # noqa: S105 -- opens nothing but this simulator
CALLS_PER_S_MAX = 3
ROWS_MAX = 5_000


@dataclass
class SepayList(Neighbour):
    """The list of a book's lines, and what was asked of it. `rows_max` is a page; fewer make tests quick."""

    bank: Bank = field(default_factory=Bank)
    good_token: str = TOKEN
    rows_max: int = ROWS_MAX
    calls_per_s_max: int = CALLS_PER_S_MAX
    asked: list[dict[str, str]] = field(default_factory=list)
    too_fast: int = 0
    odd_rows: list[dict[str, Any]] = field(default_factory=list)
    """Rows as they are sent with every answer, however strange."""
    _times: deque[float] = field(default_factory=deque, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @override
    def answer(self, path: str, query: Mapping[str, list[str]], authorization: str) -> Said:
        given = {name: values[0] for name, values in query.items()}
        with self._lock:
            self.asked.append(given)
            if self._is_too_fast():
                self.too_fast += 1
                return 429, {"status": 429, "error": "Too many requests", "messages": {"success": False}}
        if authorization != f"Bearer {self.good_token}":
            return 401, {"status": 401, "error": "Unauthorized", "messages": {"success": False}}
        if path != PATH:
            return 404, {"status": 404, "error": "Not found", "messages": {"success": False}}
        rows = [*self.odd_rows, *(row_of(line) for line in self._found(given))]
        return 200, {"status": 200, "error": None, "messages": {"success": True}, "transactions": rows}

    def _is_too_fast(self) -> bool:
        now = time.monotonic()
        while self._times and now - self._times[0] >= 1:
            self._times.popleft()
        if len(self._times) >= self.calls_per_s_max:
            return True
        self._times.append(now)
        return False

    def _found(self, given: Mapping[str, str]) -> list[Line]:
        fitting = [line for line in self.bank.lines() if _fits(line, given)]
        fitting.sort(key=lambda line: (line["transactionDate"], line["id"]), reverse=True)
        return fitting[: min(int(given.get("limit", self.rows_max)), self.rows_max)]


def _fits(line: Line, given: Mapping[str, str]) -> bool:
    return bool(
        given.get("account_number", line["accountNumber"]) == line["accountNumber"]
        and given.get("reference_number", line["referenceCode"]) == line["referenceCode"]
        and given.get("transaction_date_min", "") <= line["transactionDate"]
        and line["transactionDate"] <= given.get("transaction_date_max", "9999")
        and int(given.get("since_id", 0)) <= line["id"]
    )


def row_of(line: Line) -> dict[str, Any]:
    """Return a line as the list writes it."""
    amounts = {"in": "0.00", "out": "0.00"} | {line["transferType"]: f"{line['transferAmount']}.00"}
    return {
        "id": str(line["id"]),
        "bank_brand_name": line["gateway"],
        "account_number": line["accountNumber"],
        "transaction_date": line["transactionDate"],
        "amount_out": amounts["out"],
        "amount_in": amounts["in"],
        "accumulated": f"{line['accumulated']}.00",
        "transaction_content": line["content"],
        "reference_number": line["referenceCode"],
        "code": line["code"],
        "sub_account": line["subAccount"],
        "bank_account_id": "19",
    }
