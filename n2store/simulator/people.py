"""Customers as a shop in Vietnam has them: names, phones, addresses. Made up, and the same for the same `Random`."""

import unicodedata
from random import Random

FAMILIES = (
    "Nguyễn", "Nguyễn", "Nguyễn", "Nguyễn", "Trần", "Trần", "Lê", "Lê", "Phạm", "Huỳnh", "Hoàng", "Phan", "Vũ", "Võ",
    "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương", "Lý", "Đinh", "Trịnh", "Mai",
)  # fmt: skip
WOMEN = (
    ("Thị", "Thị", "Ngọc", "Thu", "Thanh", "Kim", "Mỹ", "Bích", "Hồng", "Minh", "Phương", "Quỳnh"),
    ("Lan", "Hoa", "Hương", "Thảo", "Trang", "Linh", "Hà", "Nga", "Nhung", "Yến", "Oanh", "Hạnh", "Dung", "Vân",
     "Tuyết", "Phượng", "Trinh", "Ngân", "Diễm", "Thúy", "Loan", "Như", "Uyên", "Chi", "Giang", "Đào", "Ánh",
     "Xuân", "My"),
)  # fmt: skip
MEN = (
    ("Văn", "Văn", "Hữu", "Đức", "Minh", "Quốc", "Công", "Anh", "Xuân", "Thành"),
    ("Hùng", "Dũng", "Nam", "Tuấn", "Long", "Phúc", "Đạt", "Khánh", "Sơn", "Bình", "Trọng", "Hải", "Kiên", "Tài"),
)
WOMEN_SHARE = 0.82

MOBILE_PREFIXES = (
    "032", "033", "034", "035", "036", "037", "038", "039", "086", "096", "097", "098", "070", "076", "077", "078",
    "079", "089", "090", "093", "081", "082", "083", "084", "085", "088", "091", "094", "052", "056", "058", "092",
)  # fmt: skip

STREETS = (
    "Lê Lợi", "Trần Hưng Đạo", "Nguyễn Trãi", "Hai Bà Trưng", "Lý Thường Kiệt", "Phan Đình Phùng", "Điện Biên Phủ",
    "Nguyễn Huệ", "Cách Mạng Tháng Tám", "Võ Thị Sáu", "Quang Trung", "Hoàng Văn Thụ", "Ngô Gia Tự", "Hùng Vương",
)  # fmt: skip
PLACES = (
    "Phường Bến Nghé, Quận 1, TP. Hồ Chí Minh", "Phường 5, Quận Gò Vấp, TP. Hồ Chí Minh",
    "Phường Bình Trị Đông, Quận Bình Tân, TP. Hồ Chí Minh", "Xã Bà Điểm, Huyện Hóc Môn, TP. Hồ Chí Minh",
    "Phường Dịch Vọng, Quận Cầu Giấy, Hà Nội", "Phường Láng Hạ, Quận Đống Đa, Hà Nội",
    "Phường Hòa Cường Bắc, Quận Hải Châu, Đà Nẵng", "Phường Xuân Khánh, Quận Ninh Kiều, Cần Thơ",
    "Phường Phú Hòa, TP. Thủ Dầu Một, Bình Dương", "Phường Tân Phong, TP. Biên Hòa, Đồng Nai",
    "Phường 7, TP. Vũng Tàu, Bà Rịa - Vũng Tàu", "Phường 2, TP. Đà Lạt, Lâm Đồng",
    "Thị trấn Cái Bè, Huyện Cái Bè, Tiền Giang", "Phường Tân Lợi, TP. Buôn Ma Thuột, Đắk Lắk",
    "Phường Lộc Thọ, TP. Nha Trang, Khánh Hòa", "Phường Vĩnh Ninh, TP. Huế, Thừa Thiên Huế",
    "Phường Hưng Bình, TP. Vinh, Nghệ An", "Phường Máy Tơ, Quận Ngô Quyền, Hải Phòng",
)  # fmt: skip


def name(random: Random) -> str:
    """Return a full name with its diacritics; most who buy here are women."""
    middles, givens = WOMEN if random.random() < WOMEN_SHARE else MEN
    return f"{random.choice(FAMILIES)} {random.choice(middles)} {random.choice(givens)}"


def phone(random: Random) -> str:
    """Return a mobile number in the canonical form."""
    return f"{random.choice(MOBILE_PREFIXES)}{random.randrange(10**7):07}"


def address(random: Random) -> str:
    """Return where a parcel would go."""
    lane = f"{random.randrange(1, 60)}/" if random.random() < 0.3 else ""
    return f"{lane}{random.randrange(1, 400)} {random.choice(STREETS)}, {random.choice(PLACES)}"


def without_diacritics(text: str) -> str:
    """Return the text as most banks pass it on: `Đặng Thị Hồng` becomes `Dang Thi Hong`."""
    letters = unicodedata.normalize("NFD", text.replace("Đ", "D").replace("đ", "d"))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
