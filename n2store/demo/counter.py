"""What staff of the demo shop left behind: notes, the blacklist, and orders that wait, failed or gave money back.

All through the real operations; `date_back.sql` moves to their day those that are older than today.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from random import Random

from customers import blacklist
from customers.models import Activity, ActivityType, Customer, Note, NoteCategory, Status, Tier
from customers.operations import add_note
from n2store.demo.customers import Person
from n2store.roles import Caller, Role
from wallets import pending
from wallets.commands import Owner
from wallets.models import Wallet

SEED = 3_264
NOTES = 45
PINNED_SHARE = 0.3
STEP_VND = 5_000
CARE = Caller(name="cskh", roles=frozenset({Role.CUSTOMER_CARE}))
ACCOUNTANT = Caller(name="ketoan", roles=frozenset({Role.ACCOUNTANT}))
WAREHOUSE = Caller(name="kho", roles=frozenset({Role.WAREHOUSE}))
OWNER = Caller(name="owner", roles=frozenset({Role.OWNER}))
SAID = (
    (NoteCategory.GENERAL, "Hay mua đồ bộ size XL, có mẫu mới thì nhắn trước live."),
    (NoteCategory.GENERAL, "Nhờ gói riêng từng món, khách bán lại cho đồng nghiệp."),
    (NoteCategory.GENERAL, "Đổi địa chỉ nhận từ tháng này, đã sửa trong hồ sơ."),
    (NoteCategory.IMPORTANT, "Luôn gọi xác nhận trước khi gửi, số phụ là chồng chị."),
    (NoteCategory.IMPORTANT, "Chuyển khoản bằng tài khoản của con gái, đối chiếu theo số điện thoại."),
    (NoteCategory.WARNING, "Tháng trước bùng một đơn, lần này yêu cầu cọc 30%."),
    (NoteCategory.FOLLOW_UP, "Hẹn trả lời về chiếc váy lỗi chỉ, kiểm kho rồi gọi lại."),
    (NoteCategory.FOLLOW_UP, "Chờ khách gửi hình hàng lỗi để bù công nợ ảo."),
)
BLACKLISTED_FOR = (
    "Bom 3 đơn liên tiếp, chặn số sau khi hàng hoàn về.",
    "Nhận hàng rồi báo thiếu, camera đóng gói cho thấy đủ.",
    "Dùng nhiều nick lấy quà live, không nhận hàng.",
)
FAILED, WAITING, TAKEN, GIVEN_BACK, CANCELLED = 3, 2, 4, 1, 2
LITTLE_VND = 2_000_000
FIRST_ORDER = 58_210

Moment = tuple[datetime, Callable[[datetime], None]]


class Desk:
    """Writes notes and names the blacklisted as time goes by. It has chances of its own: money stays as it was."""

    def __init__(self) -> None:
        self._random = Random(SEED)  # noqa: S311 -- made-up remarks, the same for everyone

    def moments(self, people: list[Person], customers: list[Customer], *, now: datetime) -> Iterator[Moment]:
        """Return what happens when."""
        known = [pair for pair in zip(people, customers, strict=True) if not pair[0].listed]
        for person, customer in self._random.sample(known, NOTES):
            yield self._between(person.since, now), partial(self._note, customer)
        for person, customer in zip(people, customers, strict=True):
            if person.listed:
                yield self._between(person.since, now), partial(self._blacklist, customer)

    def _between(self, since: datetime, now: datetime) -> datetime:
        return since + (now - since) * self._random.uniform(0.3, 0.98)

    def _note(self, customer: Customer, at: datetime) -> None:
        category, content = self._random.choice(SAID)
        pinned = self._random.random() < PINNED_SHARE
        note = add_note(customer=customer, content=content, category=category, pinned=pinned, by=CARE.name)
        Note.objects.filter(pk=note.pk).update(created_at=at)

    def _blacklist(self, customer: Customer, at: datetime) -> None:
        blacklist.mark(customer_id=customer.pk, reason=self._random.choice(BLACKLISTED_FOR), by=ACCOUNTANT.name)
        Activity.objects.filter(customer=customer, type=ActivityType.PROFILE_UPDATED).update(created_at=at)


def hold_for_orders(*, now: datetime) -> None:
    """Hold money for orders today, until there is one in every state."""
    random = Random(SEED)  # noqa: S311 -- made-up amounts, the same for everyone
    wallets = Wallet.objects.filter(customer__status__in=(Status.NORMAL, Status.VIP)).exclude(
        customer__tier=Tier.BLACKLIST
    )
    rich = iter(wallets.order_by("-real_vnd", "id")[: TAKEN + GIVEN_BACK])
    little = wallets.filter(real_vnd__lt=LITTLE_VND).order_by("-virtual_vnd", "id")  # Those with credit first.
    short = iter(little[: FAILED + CANCELLED + WAITING])
    orders = iter(range(FIRST_ORDER, FIRST_ORDER + 1_000, 7))

    def hold(wallet: Wallet, amount_vnd: int) -> int:
        order = f"NJD/{now.year}/{next(orders)}"
        held = pending.hold(
            caller=CARE, owner=Owner(customer_id=wallet.customer_id), order_id=order, amount_vnd=amount_vnd
        )
        return int(held.data["id"])

    def too_much(wallet: Wallet) -> int:
        missing_vnd = random.randrange(10, 60) * STEP_VND
        return (wallet.real_vnd + wallet.virtual_vnd) // STEP_VND * STEP_VND + missing_vnd

    for _ in range(FAILED):
        wallet = next(short)
        hold(wallet, too_much(wallet))
    for days in range(1, pending.ATTEMPTS_MAX + 1):
        pending.process_due(at=now + timedelta(days=days))
    for _ in range(CANCELLED):
        wallet = next(short)
        pending.cancel(caller=CARE, pending_id=hold(wallet, too_much(wallet)), reason="Khách bỏ đơn, không gửi nữa")
    for _ in range(WAITING):
        wallet = next(short)
        hold(wallet, too_much(wallet))
    for number in range(TAKEN + GIVEN_BACK):
        wallet = next(rich)
        taken = hold(wallet, max(STEP_VND, wallet.real_vnd // 3 // STEP_VND * STEP_VND))
        if number >= TAKEN:
            pending.release(caller=ACCOUNTANT, pending_id=taken, reason="Đơn hủy vì hết hàng, trả lại ví cho khách")
