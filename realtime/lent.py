"""What the gateway asks of us: a token of the shop's to lend, and when a customer wrote last."""

from datetime import datetime

from django.db import connection
from django.db.models import F, Max, Q
from django.utils import timezone

from proxy.sealing import Unreadable, unseal
from realtime.frames import Provider
from realtime.models import Account, Kind, Message


def pancake_token() -> str | None:
    """Return the token of a Pancake login that is wanted and has not ended, of one that works if there is one."""
    good = Q(token_until=None) | Q(token_until__gt=timezone.now())
    rows = Account.objects.filter(good, provider=Provider.PANCAKE, wanted=True)
    rows = rows.order_by(F("seen__joined").desc(nulls_last=True), "-changed_at", "pk")
    sealed = list(rows.values_list("sealed", flat=True))
    _let_go()
    return next((token for text in sealed if (token := _token_in(text))), None)


def heard_from(page_id: str, psid: str) -> datetime | None:
    """Return when a customer last wrote to a page by chat, as far as its frames told. Comments open no window."""
    theirs = Message.objects.filter(
        conversation__contact__psid=psid, conversation__contact__page_id=page_id, conversation__kind=Kind.INBOX,
        from_page=False,
    )  # fmt: skip
    found: datetime | None = theirs.aggregate(at=Max("at"))["at"]
    _let_go()
    return found


def _token_in(sealed: str) -> str | None:
    try:
        token = unseal(sealed).get("token")
    except Unreadable:  # Sealed with a key that we do not have any more.
        return None
    return token if isinstance(token, str) and token else None


def _let_go() -> None:
    """Give the connection back: a neighbour is asked next, which may take long."""
    if not connection.in_atomic_block:
        connection.close()
