"""The service desk of the demo shop: what goes wrong with orders, and what is done about it, day by day.

Each matter is a story: a generator that acts through the tickets' real verbs and tells how long it takes until the next
act. What would happen in the future never does: such tickets are open.
"""

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.utils import timezone

from n2store.demo.counter import ACCOUNTANT, CARE, OWNER, WAREHOUSE
from n2store.demo.orders import Fate, Sale, bring_back, cancel, deliver
from n2store.demo.past import Past
from n2store.roles import Caller
from tickets import changing, claiming, deadlines, deleting, resolving
from tickets.completing import Award
from tickets.creating import open_ticket
from tickets.models import RETURN_TYPES, ClaimKind, CompensationKind, FixCodReason, Policy, Ticket, TicketType
from tickets.returns import keeping
from tickets.workflow import Move, begins

SEED = 5_119
FORGOTTEN = 0.03
"""Of the matters that wait for a carrier, so many it never answers."""
STEP_VND = 5_000
OVERDUE_DAYS = {"RETURN_CLIENT": 20, "COMPLAINT": 5, "WARRANTY": 30, "OTHER": 3}
"""The shop's own patience, besides what the seed says about goods that carriers collect."""
SAID: dict[str, tuple[str, ...]] = {
    "BOOM": (
        "Gọi 3 lần không nghe máy, bưu tá báo hoàn", "Khách đổi ý khi giao, không nhận hàng",
        "Khách báo đi vắng, hẹn lại hai lần rồi từ chối",
    ),
    "FIX_COD": ("Giảm cho khách mua nhiều món trên live", "Tính nhầm phí ship tỉnh", "Trừ tiền cọc khách đã chuyển"),
    "RETURN_CLIENT": ("Mặc không vừa, khách gửi trả qua bưu điện", "Giao nhầm màu, khách gửi lại shop"),
    "RETURN_SHIPPER": ("Đổi size, shipper thu về khi giao đơn mới", "Hàng lỗi đường may, thu về đổi mẫu khác"),
    "COMPLAINT": ("Áo bung chỉ ở nách sau một lần giặt", "Giao thiếu một món trong combo", "Giao trễ 5 ngày"),
    "WARRANTY": ("Khóa kéo kẹt, nhờ shop sửa", "Phai màu sau hai tuần, gửi về xưởng kiểm tra"),
    "OTHER": ("Khách xin đổi địa chỉ nhận hàng", "Khách hỏi hóa đơn VAT cho công ty"),
}  # fmt: skip
NOTES = (
    "Đã gọi bưu cục, hẹn trả lời trong ngày", "Khách gửi hình qua Zalo, chờ kho kiểm tra",
    "Đã nhắn khách, khách đồng ý chờ", "Bưu tá báo hàng đang ở kho trung chuyển",
)  # fmt: skip

Story = Iterator[timedelta]
Add = Callable[[datetime, Callable[[datetime], None]], None]
"""Lets something happen at a moment."""


def days(count: float) -> timedelta:
    """Return so many days."""
    return timedelta(days=count)


class Desk:
    """Follows orders, and tells the stories of what goes wrong."""

    def __init__(self, past: Past, add: Add, *, now: datetime) -> None:
        self._past, self._add, self._now = past, add, now
        self._invoices = 1_180

    def begin(self, story: Story, at: datetime) -> None:
        """Let a story's next act happen at a moment, unless that has not come."""
        if at < self._now:
            self._add(at, lambda at: self._act(story, at))

    def _act(self, story: Story, at: datetime) -> None:
        with self._past.at(at):
            wait = next(story, None)
        if wait is not None:
            self.begin(story, at + wait)

    def follow(self, sale: Sale) -> None:
        """Let an order go its way."""
        random = Random(f"{SEED}:{sale.code}")  # noqa: S311 -- made-up troubles, the same for everyone
        self.begin(self._way(sale, random), sale.ordered_at + days(1 if sale.fate is Fate.CANCELLED else 0.2))

    def _way(self, sale: Sale, random: Random) -> Story:
        """Send the parcel, and let happen what is its fate."""
        if sale.fate is Fate.CANCELLED:
            cancel(sale, timezone.now())
            return
        troubled = not (sale.person.habit or sale.person.suspicion or sale.person.listed)
        if troubled and sale.cod_vnd > 100_000 and random.random() < 0.05:
            self.begin(self.cod_lowered(sale, random), timezone.now() + days(0.5))
        yield days(2 + 3 * random.random())
        if sale.fate is Fate.REFUSED:
            yield from self.refused(sale, random)
        if sale.fate in (Fate.REFUSED, Fate.HELD):
            return
        deliver(sale, timezone.now())
        if sale.fate is Fate.SENT_BACK:
            yield days(1 + 3 * random.random())
            yield from (self.collected if random.random() < 0.55 else self.sent_back)(sale, random)
        elif troubled and random.random() < 0.07:
            yield days(1 + 6 * random.random())
            yield from random.choice((self.complained, self.complained, self.repaired, self.asked))(sale, random)

    def refused(self, sale: Sale, random: Random, *, stops_at: str = "") -> Story:
        """The customer did not take the parcel: the carrier brings it back and is settled with."""
        ticket = self._open(TicketType.BOOM, sale, random, original_cod=sale.cod_vnd)
        if stops_at == "PENDING_GOODS":
            note = "Bưu cục báo thất lạc, đang làm hồ sơ đền bù"
            kind, amount_vnd = ClaimKind.LOST, sale.total_vnd
            claiming.claim(caller=ACCOUNTANT, ticket_id=ticket, kind=kind, amount_vnd=amount_vnd, note=note)
            return
        if not stops_at and _forgotten(sale, random):
            return
        if sale.person.suspicion:
            yield days(1.5)
        else:
            yield from self._noted(ticket, random)
            yield days(3 + 4 * random.random())
        changing.move(caller=WAREHOUSE, ticket_id=ticket, move=Move.RECEIVE)
        bring_back(sale, timezone.now())
        if stops_at:
            return
        yield days(1 + 4 * random.random())
        changing.move(caller=ACCOUNTANT, ticket_id=ticket, move=Move.SETTLE, note="Đã đối soát với bưu cục")

    def cod_lowered(self, sale: Sale, random: Random, *, stops_at: str = "") -> Story:
        """The carrier is told to collect less; for a part that was not taken, goods come back first."""
        by_goods = stops_at == "PENDING_GOODS" or (not stops_at and random.random() < 0.4)
        reason = FixCodReason.REJECT_PARTIAL if by_goods else random.choice(
            (FixCodReason.WRONG_SHIP, FixCodReason.CUSTOMER_DEBT, FixCodReason.DISCOUNT)
        )  # fmt: skip
        less_vnd = sale.cod_vnd * random.randrange(1, 6) // 10 // STEP_VND * STEP_VND or STEP_VND
        ticket = self._open(
            TicketType.FIX_COD, sale, random, original_cod=sale.cod_vnd, new_cod=sale.cod_vnd - less_vnd,
            fix_cod_reason=reason.value,
        )  # fmt: skip
        if stops_at or _forgotten(sale, random):
            return
        if by_goods:
            yield days(4 + 4 * random.random())
            changing.move(caller=WAREHOUSE, ticket_id=ticket, move=Move.RECEIVE, note="Nhận đủ món khách không lấy")
        yield days(2 + 5 * random.random())
        changing.move(caller=ACCOUNTANT, ticket_id=ticket, move=Move.SETTLE)

    def sent_back(self, sale: Sale, random: Random, *, stops_at: str = "", worthless: bool = False) -> Story:
        """The customer sends the goods back and has the money in the wallet; nothing for what comes back ruined."""
        ticket = self._open(TicketType.RETURN_CLIENT, sale, random)
        invoice = self._return_order(sale)
        if stops_at == "PENDING_GOODS":
            return
        yield days(2 + 4 * random.random())
        self._goods_are_back(ticket, sale, invoice, by=WAREHOUSE)
        if stops_at:
            return
        yield days(0.2 + random.random())
        if worthless:
            reason = "Hàng về đã cắt mác và dính mỹ phẩm, khách đồng ý không hoàn tiền"
            resolving.resolve(caller=ACCOUNTANT, ticket_id=ticket, award=None, write_off_reason=reason)
            return
        changing.move(caller=ACCOUNTANT, ticket_id=ticket, move=Move.SETTLE)

    def collected(self, sale: Sale, random: Random, *, stops_at: str = "") -> Story:
        """The carrier collects the goods, and the customer has credit for them when they are here."""
        fresh = stops_at in ("PENDING", "IN_PROGRESS")
        ticket = self._open(TicketType.RETURN_SHIPPER, sale, random, status="PENDING" if fresh else "")
        invoice = self._return_order(sale)
        if stops_at == "IN_PROGRESS":
            changing.move(caller=CARE, ticket_id=ticket, move=Move.START)
        if fresh or stops_at == "PENDING_GOODS" or (not stops_at and _forgotten(sale, random)):
            return
        yield from self._noted(ticket, random)
        yield days(2 + 5 * random.random())
        self._goods_are_back(ticket, sale, invoice, by=WAREHOUSE if stops_at or random.random() < 0.5 else ACCOUNTANT)
        if Ticket.objects.open().filter(pk=ticket).exists() and not stops_at:
            yield days(random.random())
            changing.move(caller=ACCOUNTANT, ticket_id=ticket, move=Move.SETTLE)

    def complained(self, sale: Sale, random: Random, *, stops_at: str = "") -> Story:
        """Somebody listens, and gives credit for the trouble."""
        ticket = self._open(TicketType.COMPLAINT, sale, random)
        if stops_at == "PENDING":
            kind, note = ClaimKind.SPOILED, "Khách làm rách bao bì, hẹn trả sau"
            claiming.claim(caller=ACCOUNTANT, ticket_id=ticket, kind=kind, amount_vnd=2 * STEP_VND, note=note)
            return
        yield timedelta(hours=1 + 5 * random.random())
        changing.move(caller=CARE, ticket_id=ticket, move=Move.START)
        if stops_at:
            return
        yield from self._noted(ticket, random)
        yield days(0.5 + 2 * random.random())
        award = Award(kind=CompensationKind.CREDIT, amount_vnd=random.randrange(6, 36) * STEP_VND)
        resolving.resolve(caller=ACCOUNTANT, ticket_id=ticket, award=award, note="Bù khách, đã xin lỗi qua điện thoại")

    def repaired(self, sale: Sale, random: Random, *, stops_at: str = "") -> Story:
        """The piece comes in, is repaired, and goes out again."""
        ticket = self._open(TicketType.WARRANTY, sale, random)
        yield timedelta(hours=2 + 4 * random.random())
        changing.move(caller=CARE, ticket_id=ticket, move=Move.START)
        if stops_at == "IN_PROGRESS":
            return
        yield days(1)
        changing.move(caller=CARE, ticket_id=ticket, move=Move.WAIT_GOODS, note="Khách gửi hàng về xưởng")
        if stops_at:
            return
        yield days(4 + 6 * random.random())
        changing.move(caller=ACCOUNTANT, ticket_id=ticket, move=Move.COMPLETE, note="Đã sửa và gửi lại khách")

    def asked(self, sale: Sale, random: Random, *, stops_at: str = "") -> Story:
        """A question: answered at once, or when somebody has the time."""
        ticket = self._open(TicketType.OTHER, sale, random, status="PENDING" if stops_at else "")
        if stops_at == "IN_PROGRESS":
            changing.move(caller=CARE, ticket_id=ticket, move=Move.START)
        yield from ()

    def called_off(self, sale: Sale, random: Random) -> Story:
        """The customer takes the parcel after all."""
        ticket = self._open(TicketType.BOOM, sale, random, original_cod=sale.cod_vnd)
        yield days(1)
        changing.move(caller=CARE, ticket_id=ticket, move=Move.CANCEL, note="Khách đổi ý, bưu tá phát lại thành công")

    def opened_by_mistake(self, sale: Sale, random: Random) -> Story:
        """Credit is given on a ticket that is deleted, and the credit with it."""
        ticket = self._open(TicketType.COMPLAINT, sale, random)
        resolving.give_credit(
            caller=ACCOUNTANT, ticket_id=ticket, phone=sale.person.phone, amount_vnd=50_000, days=None,
            note="Bù khách giao trễ",
        )  # fmt: skip
        yield timedelta(minutes=25)
        if deleting.can_delete(Ticket.objects.get(pk=ticket))["canDelete"]:  # At some hours it is spent by then.
            deleting.delete(caller=OWNER, ticket_id=ticket)

    def _open(self, type: TicketType, sale: Sale, random: Random, *, status: str = "", **given: Any) -> int:
        """Open a ticket as its form begins it, unless a status is named; return its id. Returns are of all goods."""
        goods_back = type in RETURN_TYPES
        products = [line | ({"returnQuantity": line["quantity"]} if goods_back else {}) for line in sale.lines]
        fields: dict[str, Any] = {
            "customer_name": sale.person.name, "order_id": sale.code, "tracking_code": sale.tracking_code,
            "carrier": sale.carrier, "description": random.choice(SAID[type]), "products": products,
            "status": status or begins(type, given.get("fix_cod_reason", "")).value,
            "assigned_to": random.choice((CARE.name, CARE.name, WAREHOUSE.name, "")),
        }  # fmt: skip
        if goods_back:
            fields["refund_amount"] = sale.total_vnd
        opened = open_ticket(caller=CARE, phone=sale.person.phone, type=type.value, given=fields | given)
        row = json.loads(opened.row)
        sale.tickets.append(row["ticket_code"])
        return int(row["id"])

    def _noted(self, ticket: int, random: Random) -> Story:
        if random.random() < 0.5:
            yield timedelta(hours=6 + 20 * random.random())
            changing.add_note(caller=CARE, ticket_id=ticket, note=random.choice(NOTES))

    def _return_order(self, sale: Sale) -> int:
        """Write the return document; return its id."""
        self._invoices += 1
        at = timezone.now()
        [row], _known = keeping.take_in(
            caller=CARE,
            orders=[
                {
                    "customer_name": sale.person.name, "phone": sale.person.phone,
                    "invoice_number": f"TH/{at.year}/{self._invoices:05}", "reference": sale.code,
                    "invoice_date": at.isoformat(), "total_amount": sale.total_vnd, "remaining_debt": 0,
                    "status": "Nháp", "return_reason": "Khách trả hàng", "source": "TPOS",
                }
            ],
        )  # fmt: skip
        return row.pk

    def _goods_are_back(self, ticket: int, sale: Sale, document: int, *, by: Caller) -> None:
        changing.move(caller=by, ticket_id=ticket, move=Move.RECEIVE)
        bring_back(sale, timezone.now())
        keeping.change(caller=by, order_id=document, given={"status": "Đã xác nhận", "is_returned": True})


def _forgotten(sale: Sale, random: Random) -> bool:
    return random.random() < FORGOTTEN and not sale.person.suspicion


def set_patience() -> None:
    """Say after how many days matters are overdue."""
    for type, patience in OVERDUE_DAYS.items():
        Policy.objects.filter(type=type).update(overdue_days=patience)


def run_clocks(past: Past, *, now: datetime) -> None:
    """Let the carriers' clocks and the shop's run once, as the jobs do."""
    with past.at(now):
        deadlines.raise_near_deadlines(at=now)
        deadlines.tell_overdue(at=now)
