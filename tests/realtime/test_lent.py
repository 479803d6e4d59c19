"""What the gateway asks of the sockets' room: a token to lend, and when a customer wrote last."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from n2store.simulator.facebook import Facebook
from n2store.simulator.pancake_http import PancakeHttp
from n2store.simulator.tpos import PAGES, page_token
from proxy import lending
from proxy.facebook.window import last_heard
from proxy.sealing import seal
from realtime.frames import Provider
from realtime.lent import heard_from, pancake_token
from realtime.models import Account, AccountState, Contact, Conversation, Kind, Message
from realtime.upstream.state import Phase

NOW = datetime(2026, 11, 21, 5, tzinfo=UTC)
PAGE, PSID = next(iter(PAGES)), "9000000000000001"

pytestmark = pytest.mark.django_db


def account(owner: str, *, joined: bool = False, **more: Any) -> Account:
    made = Account.objects.create(
        **{"provider": Provider.PANCAKE, "owner": owner, "sealed": seal({"token": f"jwt-{owner}"})} | more
    )
    AccountState.objects.create(account=made, revision=1, phase=Phase.JOINED, joined=joined)
    return made


def test_the_login_that_works_is_lent(settings: Any) -> None:
    account("waits")
    account("works", joined=True)

    assert pancake_token() == "jwt-works"


def test_nothing_is_lent_of_a_login_that_ended_is_not_wanted_is_tpos_or_cannot_be_opened() -> None:
    account("ended", token_until=timezone.now() - timedelta(minutes=1))
    account("stopped", wanted=False)
    account("room", provider=Provider.TPOS)
    account("foreign", sealed="gAAAA")
    account("empty", sealed=seal({"cookie": "c"}))

    assert pancake_token() is None


def test_a_login_that_cannot_be_opened_hides_no_other() -> None:
    account("foreign", joined=True, sealed="gAAAA")
    account("works")

    assert pancake_token() == "jwt-works"


def test_a_logged_in_page_is_lent_it_by_the_gateway_and_sees_nothing_of_it(api: APIClient, settings: Any) -> None:
    account("works", joined=True)
    with PancakeHttp().serving() as pancake:
        settings.PANCAKE_BASE_URL = pancake.url

        answer = api.get("/api/pancake/pages")

        assert [call.target for call in pancake.calls] == ["/api/v1/pages?access_token=jwt-works"]
    assert (answer.status_code, b"jwt-works" in answer.content) == (200, False)


def test_what_is_lent_is_looked_up_once_in_a_moment_and_afresh_when_a_login_changes() -> None:
    given = account("works", joined=True)
    with CaptureQueriesContext(connection) as queries:
        assert {lending.lent("pancake") for _ in range(10)} == {"jwt-works"}
    assert len(queries) == 1

    given.wanted = False
    given.save(update_fields=["wanted"])

    assert lending.lent("pancake") is None
    account("later")
    assert lending.lent("pancake") == "jwt-later"


def wrote(at: datetime, *, kind: Kind = Kind.INBOX, from_page: bool = False, psid: str = PSID) -> None:
    contact, _ = Contact.objects.get_or_create(page_id=PAGE, psid=psid)
    talk, _ = Conversation.objects.get_or_create(
        page_id=PAGE, thread=f"{kind}_{psid}", defaults={"kind": kind, "contact": contact, "last_at": at}
    )
    key = f"{kind}{at}{from_page}"
    Message.objects.create(
        conversation=talk, page_id=PAGE, key=key, from_page=from_page, at=at, received_at=at, text="Chào"
    )


def test_only_what_the_customer_wrote_by_chat_counts() -> None:
    wrote(NOW - timedelta(hours=5))
    wrote(NOW - timedelta(hours=3))
    wrote(NOW - timedelta(hours=2), from_page=True)
    wrote(NOW - timedelta(hours=1), kind=Kind.COMMENT)
    wrote(NOW, psid="another")

    assert heard_from(PAGE, PSID) == NOW - timedelta(hours=3)
    assert (heard_from("another", PSID), heard_from(PAGE, "nobody")) == (None, None)


@pytest.mark.parametrize(
    ("ours", "theirs", "found", "asked"),
    [
        (timedelta(hours=2), timedelta(hours=1), timedelta(hours=2), 0),
        (timedelta(days=3), timedelta(hours=1), timedelta(hours=1), 1),
        (timedelta(days=3), timedelta(days=9), timedelta(days=3), 1),
        (timedelta(days=3), None, timedelta(days=3), 1),
        (None, timedelta(hours=5), timedelta(hours=5), 1),
        (None, None, None, 1),
    ],
)
def test_the_later_of_what_we_and_facebook_know_counts_and_facebook_is_asked_only_where_it_matters(
    settings: Any, ours: timedelta | None, theirs: timedelta | None, found: timedelta | None, asked: int
) -> None:
    now = datetime.now(UTC)
    if ours is not None:
        wrote(now - ours)
    with Facebook(heard=theirs).serving() as facebook:
        settings.FACEBOOK_GRAPH_URL = facebook.url

        at = last_heard(PAGE, PSID, page_token(PAGE), now=now)

        assert len(facebook.calls) == asked
    assert (at is None) == (found is None)
    if at is not None and found is not None:
        assert abs(now - found - at) < timedelta(minutes=5)
