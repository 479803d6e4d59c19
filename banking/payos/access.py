"""Who may see a top-up: who started it, or the customer whose wallet it is, by a signed link that staff sent.

The link is in an address once: the page takes it into a cookie, so that no address that is asked again carries it.
"""

from dataclasses import dataclass

from django.conf import settings
from django.core import signing

from banking.models import Topup
from customers.models import Customer
from n2store.errors import NotFound

SALT = "banking.topup-link"
COOKIE = "n2store_topup"


class TopupNotFound(NotFound):
    """There is no such top-up, or it is somebody else's: which of the two is not said."""

    code = "TOPUP_NOT_FOUND"


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who asks: somebody logged in, a customer by link, or both in one browser."""

    user_id: int | None = None
    customer_id: int | None = None

    @property
    def name(self) -> str:
        """Return what limits are counted by."""
        return f"user-{self.user_id}" if self.user_id is not None else f"customer-{self.customer_id}"

    def may_see(self, *, customer_id: int, starter_id: int | None) -> bool:
        """Tell whether a top-up is this viewer's."""
        started = self.user_id is not None and starter_id == self.user_id
        return started or (self.customer_id is not None and customer_id == self.customer_id)


def link_text(customer: Customer) -> str:
    """Return what a link to the page says: the customer, signed, good for `TOPUP_LINK_DAYS`."""
    return signing.TimestampSigner(salt=SALT).sign(str(customer.pk))


def customer_of(text: str) -> int | None:
    """Return whom a link, or the cookie that it became, is for; None when it is not ours or too old."""
    try:
        found = signing.TimestampSigner(salt=SALT).unsign(text, max_age=settings.TOPUP_LINK_DAYS * 24 * 60 * 60)
    except signing.BadSignature:
        return None
    return int(found)


def cookie_name() -> str:
    """Return the cookie's name; a cookie belongs to a host, not to a port."""
    return f"{COOKIE}_{settings.PORT}"


def require_sight(topup: Topup | None, viewer: Viewer) -> Topup:
    """Return the top-up if it is the viewer's.

    Raises:
        TopupNotFound: it is not, or there is none.
    """
    if topup is None or not viewer.may_see(customer_id=topup.customer_id, starter_id=topup.starter_id):
        raise TopupNotFound("There is no such top-up.")
    return topup
