"""Who buys at the demo shop: some hundred people, a few of whom buy most."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from customers.models import Status, Tier
from n2store.simulator import people

CUSTOMERS = 300
ALIKE_EVERY = 50
"""So often two customers' phones end alike."""
SINCE_MAX = timedelta(days=420)

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
    """One customer of the demo shop. `weight` is how much of the business is theirs."""

    phone: str
    name: str
    since: datetime
    weight: float
    tier: Tier
    status: Status
    email: str
    address: str
    tags: list[str]
    aliases: list[str]
    internal_note: str


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
    return [
        _person(random, phone=phone, since=came, rank=rank)
        for phone, came, rank in zip(phones, since, ranks, strict=True)
    ]


def _alike(random: Random, phone: str) -> str:
    """Return another phone with the same last six digits: it happens, and then a person must choose."""
    while (other := people.phone(random)[:4] + phone[-6:]) == phone:
        pass
    return other


def _person(random: Random, *, phone: str, since: datetime, rank: int) -> Person:
    name = people.name(random)
    tier, status = _standing(random, rank)
    given = name.split()[-1]
    spelled = people.without_diacritics(name).lower().replace(" ", "")
    note = random.choice(NOTES) if random.random() < 0.22 else ""
    if status in (Status.REFUSES_PARCELS, Status.WARNING, Status.DANGEROUS):
        note = random.choice(WARNINGS)
    return Person(
        phone=phone,
        name=name,
        since=since,
        weight=1 / (rank + 8) if tier is not Tier.BLACKLIST else 0.001,
        tier=tier,
        status=status,
        email=f"{spelled}{random.randrange(80, 100)}@example.com" if random.random() < 0.25 else "",
        address=people.address(random) if random.random() < 0.9 else "",
        tags=random.sample(TAGS, random.choice((0, 0, 1, 1, 2, 3))),
        aliases=[random.choice((f"{given} FB", f"{given} {phone[-3:]}", f"Mẹ {given}"))]
        if random.random() < 0.2
        else [],
        internal_note=note,
    )


def _standing(random: Random, rank: int) -> tuple[Tier, Status]:
    """Return tier and status: who buys most is platinum, and one in twelve has given trouble."""
    if random.random() < 0.08 and rank > CUSTOMERS // 10:
        status = random.choice((Status.REFUSES_PARCELS, Status.REFUSES_PARCELS, Status.WARNING, Status.DANGEROUS))
        return (Tier.BLACKLIST if status is Status.DANGEROUS else Tier.NEW), status
    for tier, share in ((Tier.PLATINUM, 0.04), (Tier.GOLD, 0.14), (Tier.SILVER, 0.38)):
        if rank < CUSTOMERS * share:
            return tier, Status.VIP if tier is Tier.PLATINUM and random.random() < 0.7 else Status.NORMAL
    return Tier.NEW, Status.NORMAL
