"""What people write into a bank transfer, and what their banks make of it. The same for the same `Random`."""

import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random

from n2store.simulator import people

SHOP = "N2STORE"
SHOP_ACCOUNT = "75918"

THANKS = ("ck tien hang", "thanh toan don hang", "tien hang live", "chuyen tien", "mua do", "coc don", "tra tien hang")
THANKS_IN_VIETNAMESE = ("chuyển tiền đơn hàng", "thanh toán tiền hàng", "cọc đồ live tối qua", "gửi shop tiền hàng")
EXPENSES = (
    "Thanh toan tien hang NCC Minh Khai", "TT cuoc GHTK", "Tien ship GHN", "Tra luong nhan vien",
    "Thanh toan tien dien", "Thue mat bang", "Nhap hang Quang Chau", "Phi quan ly tai khoan", "Hoan tien khach",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Known:
    """Whom the shop knows: phones, and the codes of its QR prints. Both may be empty."""

    phones: Sequence[str] = ()
    codes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Text:
    """A transfer's content, and the phone or code that it names in full, if it does."""

    content: str
    names: str | None = None


def incoming(random: Random, known: Known, *, at: datetime, clear: bool = False) -> Text:
    """Return what comes with money for the shop: most of it names a customer, and with `clear` all of it."""
    shapes, weights = zip(*(_SHAPES[:_CLEAR_SHAPES] if clear else _SHAPES), strict=True)
    shape: Callable[[Random, Known, datetime], Text] = random.choices(shapes, weights)[0]
    return shape(random, known, at)


def outgoing(random: Random) -> str:
    """Return what the shop writes when it pays somebody."""
    return f"{random.choice(EXPENSES)} {random.randrange(1, 13):02}"


def qr_code(random: Random) -> str:
    """Return a new code as the shop prints it: N2 and sixteen letters or digits."""
    return "N2" + "".join(random.choices(string.ascii_uppercase + string.digits, k=16))


def spelled(random: Random, phone: str) -> str:
    """Return a canonical phone in one of the ways people write it."""
    a, b, c = phone[:4], phone[4:7], phone[7:]
    spellings = (
        phone, phone, phone, phone, f"{a} {b} {c}", f"{a}.{b}.{c}", f"{a}-{b}-{c}",
        f"{phone[:3]} {phone[3:6]} {phone[6:]}", f"+84{phone[1:]}", f"84{phone[1:]}", f"84 {phone[1:]}",
        f"+84 {phone[1:4]} {phone[4:7]} {phone[7:]}",
    )  # fmt: skip
    return random.choice(spellings)


def _qr(random: Random, known: Known, at: datetime) -> Text:
    if not known.codes:
        return _phone(random, known, at)
    code = random.choice(known.codes)
    shapes = (
        code,
        f"{code} {random.choice(THANKS)}",
        f"CT DEN:{_digits(random, 12)} ND:{code} {_sender(random)} CK",
        f"{code} GD {_trace(random, at)}",
        f"{code.lower()} {random.choice(THANKS)}",
        f"{_sender(random)} {code}-{_digits(random, 6)}",
    )
    return Text(random.choice(shapes), code)


def _phone(random: Random, known: Known, at: datetime) -> Text:
    phone = _some_phone(random, known)
    written = spelled(random, phone)
    shapes = (
        written,
        f"{written} {random.choice(THANKS)}",
        f"{_sender(random)} {random.choice(THANKS)} sdt {written}",
        f"{phone} GD {_trace(random, at)}",
        f"{_sender(random)} {phone}-GD {_digits(random, 6)}",
    )
    return Text(random.choice(shapes), phone)


def _phone_in_vietnamese(random: Random, known: Known, at: datetime) -> Text:
    phone = _some_phone(random, known)
    words = random.choice(THANKS_IN_VIETNAMESE)
    return Text(f"{people.name(random)} {words} sđt {spelled(random, phone)}", phone)


def _mbvcb(random: Random, known: Known, at: datetime) -> Text:
    sender, phone = _sender(random), _some_phone(random, known)
    accounts = f"CT tu {_digits(random, 13)} {sender} toi {SHOP_ACCOUNT} {SHOP} tai ACB"
    if random.random() < 0.5:
        return Text(f"MBVCB.{_digits(random, 11)}.{_digits(random, 6)}.{phone}.{accounts}", phone)
    return Text(f"MBVCB.{_digits(random, 11)}.{_digits(random, 6)}.{sender} chuyen tien.{accounts}")


def _momo(random: Random, known: Known, at: datetime) -> Text:
    phone = _some_phone(random, known)
    reference = f"{_digits(random, 12)}-{people.phone(random)}"
    if random.random() < 0.5:
        return Text(f"{reference}-{_sender(random)} {phone}", phone)
    return Text(f"{reference}-{random.choice((phone[-6:], 'CHUYEN TIEN'))}")


def _end_of_phone(random: Random, known: Known, at: datetime) -> Text:
    """What the shop's small QR print carries: the last six digits."""
    return Text(f"{_some_phone(random, known)[-6:]} GD {_trace(random, at)}")


def _nobody(random: Random, known: Known, at: datetime) -> Text:
    shapes = (f"{_sender(random)} chuyen tien", f"{random.choice(THANKS)}", f"{people.name(random)} ck", "CHUYEN TIEN")
    return Text(random.choice(shapes))


_SHAPES = (
    (_qr, 34), (_phone, 30), (_phone_in_vietnamese, 8), (_mbvcb, 8), (_momo, 6), (_end_of_phone, 8), (_nobody, 6),
)  # fmt: skip
_CLEAR_SHAPES = 3


def _some_phone(random: Random, known: Known) -> str:
    return random.choice(known.phones) if known.phones else people.phone(random)


def _sender(random: Random) -> str:
    return people.without_diacritics(people.name(random)).upper()


def _trace(random: Random, at: datetime) -> str:
    return f"{_digits(random, 4)}IBT2{''.join(random.choices(string.ascii_letters, k=8))} {at:%d%m%y-%H:%M:%S}"


def _digits(random: Random, count: int) -> str:
    """Return digits of which the first is no zero, so that no reference looks like a phone."""
    return str(random.randrange(10 ** (count - 1), 10**count))
