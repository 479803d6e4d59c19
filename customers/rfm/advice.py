"""What to do with a customer of each segment: the old system's words, which programs read, and how they are said."""

from django.utils.translation import gettext as _

ADVICE: dict[str, tuple[str, ...]] = {
    "Champion": ("Thuong VIP cho khach hang tot nhat", "Moi tham gia chuong trinh gioi thieu"),
    "Loyal": ("Gui thong bao san pham moi", "Cung cap uu dai doc quyen"),
    "Potential_Loyalist": ("Khuyen khich mua them", "De xuat san pham lien quan"),
    "New_Customer": ("Gui huong dan su dung", "Cung cap ma giam gia cho don ke tiep"),
    "At_Risk": ("Gui thong bao khoi phuc", "Cung cap uu dai dac biet"),
    "Cant_Lose": ("Lien he truc tiep", "Uu dai ca nhan hoa lon"),
    "Hibernating": ("Chien dich tai kich hoat", "Khao sat ly do roi bo"),
    "Lost": ("Email/SMS tai kich hoat cuoi cung", "Xem xet loai khoi danh sach"),
}
OTHERWISE = ("Theo doi va phan tich them",)


def advice_for(segment: str) -> tuple[str, ...]:
    """Return the old system's words for a segment."""
    return ADVICE.get(segment, OTHERWISE)


def said(segment: str) -> list[str]:
    """Return the same for people, in their language."""
    sentences = {
        "Champion": [_("Reward your best customers as VIPs."), _("Invite them to refer friends.")],
        "Loyal": [_("Tell them about new products."), _("Give them exclusive offers.")],
        "Potential_Loyalist": [_("Encourage them to buy more."), _("Suggest related products.")],
        "New_Customer": [_("Send them instructions for use."), _("Give a discount code for the next order.")],
        "At_Risk": [_("Send them a message to win them back."), _("Give them a special offer.")],
        "Cant_Lose": [_("Contact them in person."), _("Make them a large personal offer.")],
        "Hibernating": [_("Start a campaign to wake them up."), _("Ask why they left.")],
        "Lost": [_("Send a last message to win them back."), _("Consider taking them off the list.")],
    }
    return sentences.get(segment, [_("Keep watching and look closer.")])
