"""Who buys at the demo shop: some hundred people, a few of whom buy most, and some who buy just so."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from customers.models import Status
from n2store.demo.habits import EACH, HABITS, SUSPICIONS
from n2store.simulator import people

CUSTOMERS = 300
ALIKE_EVERY = 50
"""So often two customers' phones end alike."""
SINCE_MAX = timedelta(days=420)
QUIET, FIRST_QUIET = 1 / 150, 4
"""Whose weight is less buys little; the first few stay as they are, so that there is somebody from the first day on."""

TAGS = (
    "sỉ", "khách quen", "live tối", "hay đổi size", "thích váy", "đồ bộ", "size XL", "ship hỏa tốc", "COD",
    "chốt nhanh", "mua cho bé", "Zalo",
)  # fmt: skip
NOTES = (
    "Gọi trước khi giao, chỉ nhận sau 17h.", "Hay chốt rồi hủy, xác nhận kỹ trước khi gửi.", "Khách sỉ, giá bảng B.",
    "Nhận hàng tại cơ quan, gửi bảo vệ.", "Thích màu pastel, báo khi có hàng mới.", "Đã đổi số, số cũ không còn dùng.",
    "Ưu tiên gom đơn cuối tuần.", "Chồng nhận hàng giúp, số phụ trong Zalo.",
)  # fmt: skip
WARNINGS = ("Bom 2 đơn liên tiếp tháng trước.", "Đặt nhiều nick, kiểm tra trùng địa chỉ.", "Chỉ gửi khi đã cọc 50%.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One customer of the demo shop. `weight` is how much of the business is theirs.

    Who has a habit, or is a suspect, does only that. Who is `listed` is put on the blacklist one day.
    """

    phone: str
    name: str
    since: datetime
    weight: float
    status: Status
    listed: bool
    email: str
    address: str
    tags: list[str]
    aliases: list[str]
    internal_note: str
    habit: str = ""
    suspicion: str = ""


def invented(random: Random, *, now: datetime) -> list[Person]:
    """Return the people, those who came first first."""
    phones: dict[str, None] = {}
    while len(phones) < CUSTOMERS:
        phone = people.phone(random)
        phones[phone] = None
        if len(phones) % ALIKE_EVERY == ALIKE_EVERY - 1:
            phones[_alike(random, phone)] = None
    since = sorted(now - SINCE_MAX * random.random() ** 1.5 for _ in phones)
    ranks = random.sample(range(CUSTOMERS), CUSTOMERS)
    return _with_habits(
        [
            _person(random, phone=phone, since=came, rank=rank)
            for phone, came, rank in zip(phones, since, ranks, strict=True)
        ]
    )


def _with_habits(people: list[Person]) -> list[Person]:
    """Give habits and suspicions to people in the middle: those who came early enough and buy little otherwise."""
    quiet = [n for n, one in enumerate(people) if one.weight < QUIET and one.status is Status.NORMAL]
    parts = [*((name, "") for name in HABITS for _ in range(EACH)), *(("", name) for name in SUSPICIONS)]
    for n, (habit, suspicion) in zip(quiet[FIRST_QUIET:], parts, strict=False):
        people[n] = replace(people[n], weight=0, habit=habit, suspicion=suspicion)
    return people


def _alike(random: Random, phone: str) -> str:
    """Return another phone with the same last six digits: it happens, and then a person must choose."""
    while (other := people.phone(random)[:4] + phone[-6:]) == phone:
        pass
    return other


def _person(random: Random, *, phone: str, since: datetime, rank: int) -> Person:
    name = people.name(random)
    status = _status(random, rank)
    listed = status is Status.DANGEROUS
    given = name.split()[-1]
    spelled = people.without_diacritics(name).lower().replace(" ", "")
    note = random.choice(NOTES) if random.random() < 0.22 else ""
    if status in (Status.REFUSES_PARCELS, Status.WARNING, Status.DANGEROUS):
        note = random.choice(WARNINGS)
    return Person(
        phone=phone,
        name=name,
        since=since,
        weight=0.001 if listed else 1 / (rank + 8),
        status=status,
        listed=listed,
        email=f"{spelled}{random.randrange(80, 100)}@example.com" if random.random() < 0.25 else "",
        address=people.address(random) if random.random() < 0.9 else "",
        tags=random.sample(TAGS, random.choice((0, 0, 1, 1, 2, 3))),
        aliases=[random.choice((f"{given} FB", f"{given} {phone[-3:]}", f"Mẹ {given}"))]
        if random.random() < 0.2
        else [],
        internal_note=note,
    )


def _status(random: Random, rank: int) -> Status:
    """Return what staff think of somebody: who buys most is a VIP, and one in twelve has given trouble."""
    if random.random() < 0.08 and rank > CUSTOMERS // 10:
        return random.choice((Status.REFUSES_PARCELS, Status.REFUSES_PARCELS, Status.WARNING, Status.DANGEROUS))
    return Status.VIP if rank < CUSTOMERS * 0.04 and random.random() < 0.7 else Status.NORMAL
