"""Pancake's socket of one account."""

import itertools
import secrets
import string

from django.conf import settings
from django.utils import timezone
from typing_extensions import override

from realtime.upstream.backoff import Backoff
from realtime.upstream.intake import Intake
from realtime.upstream.line import BROWSER_HEADERS, Address, Line
from realtime.upstream.pancake.session import Login, PancakeSession, Timing
from realtime.upstream.session import Session
from realtime.upstream.wanted import Wanted

CLIENT_SESSION_CHARS = 64


class PancakeLine(Line):
    """References go on counting from one connection to the next, as Pancake's own pages do."""

    def __init__(
        self, wanted: Wanted, *, intake: Intake, timing: Timing | None = None, backoff: Backoff | None = None
    ) -> None:
        super().__init__(account_id=wanted.account_id, intake=intake, backoff=backoff)
        self._wanted = wanted
        self._timing = timing or Timing()
        self._refs = itertools.count(1)

    @override
    async def prepare(self) -> tuple[Address, Session]:
        login = Login(
            token=self._wanted.token,
            user_id=self._wanted.owner,
            page_ids=self._wanted.page_ids,
            client_session=_client_session(),
        )
        session = PancakeSession(
            login, account_id=self.account_id, wall_clock=timezone.now, timing=self._timing,
            page_channels=settings.PANCAKE_PAGE_CHANNELS, refs=self._refs,
        )  # fmt: skip
        cookie = {"Cookie": self._wanted.cookie} if self._wanted.cookie else {}
        headers = BROWSER_HEADERS | cookie
        return Address(url=settings.PANCAKE_SOCKET_URL, origin=settings.PANCAKE_ORIGIN, headers=headers), session


def _client_session() -> str:
    """Return what tells Pancake one window from another."""
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(CLIENT_SESSION_CHARS))
