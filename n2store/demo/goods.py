"""What the demo shop sells and by whom it is sent."""

from random import Random
from typing import Any

STEP_VND = 1_000
LINES_MAX = 3
PRICES = {
    "Đầm suông linen cổ vuông": 285_000, "Áo sơ mi lụa tay phồng": 245_000, "Quần culottes ống rộng": 265_000,
    "Đồ bộ cotton mặc nhà": 189_000, "Chân váy xếp ly dáng dài": 220_000, "Áo khoác dù hai lớp": 345_000,
    "Áo thun baby tee": 125_000, "Váy hai dây satin": 310_000, "Quần jean ống suông": 335_000,
    "Áo len cổ lọ": 255_000, "Đầm body gân tăm": 230_000, "Áo dài cách tân": 420_000,
    "Set áo vest và quần tây": 485_000, "Pijama lụa tay dài": 275_000, "Áo croptop dệt kim": 155_000,
    "Quần short đũi": 145_000,
}  # fmt: skip
COLORS = ("be", "đen", "trắng kem", "nâu tây", "xanh rêu", "hồng đất", "xám khói", "đỏ đô")
SIZES = ("S", "M", "M", "L", "L", "XL", "freesize")
CARRIERS = {"GHTK": "S{}.SG01.K4.{}", "Viettel Post": "VTP{}{}", "J&T Express": "84{}{}", "GHN Express": "G8{}X{}"}

Line = dict[str, Any]


def lines_worth(random: Random, total_vnd: int) -> list[Line]:
    """Return order lines of so much together; what is below a step is rounded up in the last one."""
    lines: list[Line] = []
    left = total_vnd
    while left > 0:
        name, price = random.choice([*PRICES.items()])
        if price >= left or len(lines) == LINES_MAX - 1:
            quantity = max(1, left // price)
            price = -(-left // (quantity * STEP_VND)) * STEP_VND
        else:
            quantity = random.choice((1, 1, 1, 2)) if left >= 2 * price else 1
        lines.append(
            {
                "id": 11_000 + len(name) * 37 + price // 5_000,
                "name": f"{name} {random.choice(COLORS)} {random.choice(SIZES)}",
                "price": price,
                "quantity": quantity,
            }
        )
        left -= price * quantity
    return lines


def worth(lines: list[Line]) -> int:
    """Return what order lines cost together, in dong."""
    return sum(line["price"] * line["quantity"] for line in lines)


def parcel(random: Random) -> tuple[str, str]:
    """Return a carrier and the number it tracks a parcel by."""
    carrier, shape = random.choice([*CARRIERS.items()])
    return carrier, shape.format(random.randrange(10**7, 10**8), random.randrange(10**4, 10**5))
