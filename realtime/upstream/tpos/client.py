"""TPOS's socket of one account. Its token is renewed by the shop's own user of TPOS, where one is set."""

import asyncio
from collections.abc import Callable
from urllib.parse import quote

from django.conf import settings
from django.utils import timezone
from typing_extensions import override

from proxy.tpos import TposError, TposNotConfigured, TposRefused, tpos
from realtime.upstream.backoff import Backoff
from realtime.upstream.intake import Intake
from realtime.upstream.line import BROWSER_HEADERS, Address, Line, NoLogin
from realtime.upstream.session import NEVER, Session
from realtime.upstream.tokens import ends_at
from realtime.upstream.tpos.session import Dialect, Login, TposSession
from realtime.upstream.wanted import Wanted

URLS = {
    Dialect.RT2: "wss://rt-2.tpos.app/socket.io/",
    Dialect.CHATOMNI: "wss://ws.chatomni.tpos.app/socket.io/",
}
ORIGINS = {Dialect.RT2: "https://tomato.tpos.vn", Dialect.CHATOMNI: "https://nhijudyshop.github.io"}
RENEW_BEFORE_S = 5 * 60
RENEW_NOT_WITHIN_S = 60
"""However soon a token ends, a connection lives so long."""

FreshToken = Callable[[str], str]
"""Takes the token that TPOS refused, and returns another."""


def token_of_the_shop(rejected: str) -> str:
    """Return a token of the shop's own user.

    Raises:
        TposError: TPOS gives none, or no user is set.
    """
    return tpos().access_token(rejected=rejected)


class TposLine(Line):
    """Connects with the token of the account; with one of the shop's user after that was refused, or is about to end.

    A token that TPOS refuses although it has just given it is not asked for again soon.
    """

    def __init__(
        self,
        wanted: Wanted,
        *,
        intake: Intake,
        backoff: Backoff | None = None,
        fresh_token: FreshToken = token_of_the_shop,
    ) -> None:
        super().__init__(account_id=wanted.account_id, intake=intake, backoff=backoff)
        self._wanted = wanted
        self._token = wanted.token
        self._is_fresh = False
        self._renewing = False
        self._fresh_token = fresh_token

    @override
    async def prepare(self) -> tuple[Address, Session]:
        if self._renewing or self._ends_soon():
            await self._renew()
        dialect = Dialect(settings.TPOS_SOCKET_DIALECT)
        login = Login(token=self._token, room=self._wanted.owner, renew_at=self._renew_at())
        session = TposSession(login, account_id=self.account_id, wall_clock=timezone.now, dialect=dialect)
        return _address(dialect, login), session

    @override
    def refused(self) -> bool:
        can_be_had = not self._is_fresh and _shop_has_a_user()
        self._renewing = True
        self._is_fresh = False  # Later the same is tried once more.
        return can_be_had

    async def _renew(self) -> None:
        try:
            self._token = await asyncio.to_thread(self._fresh_token, self._token)
        except (TposNotConfigured, TposRefused) as error:
            if self._renewing:
                raise NoLogin(f"TPOS gives no new token ({error.code}).", again=False) from error
        except TposError as error:
            if self._renewing:
                raise NoLogin("TPOS gives no new token just now.", again=True) from error
        else:
            self._renewing, self._is_fresh = False, True

    def _ends_soon(self) -> bool:
        ends = ends_at(self._token)
        return ends is not None and (ends - timezone.now()).total_seconds() < RENEW_BEFORE_S and _shop_has_a_user()

    def _renew_at(self) -> float:
        ends = ends_at(self._token)
        if ends is None or not _shop_has_a_user():
            return NEVER
        left_s = (ends - timezone.now()).total_seconds() - RENEW_BEFORE_S
        return asyncio.get_running_loop().time() + max(left_s, RENEW_NOT_WITHIN_S)


def _address(dialect: Dialect, login: Login) -> Address:
    url = settings.TPOS_SOCKET_URL or URLS[dialect]
    query = f"room={quote(login.room, safe='')}&EIO=4&transport=websocket"
    if dialect is Dialect.CHATOMNI:  # This dialect knows no other place for it.
        query = f"EIO=4&transport=websocket&token={quote(login.token, safe='')}"
    headers = BROWSER_HEADERS | {"Authorization": f"Bearer {login.token}"}
    return Address(url=f"{url}?{query}", origin=ORIGINS[dialect], headers=headers)


def _shop_has_a_user() -> bool:
    try:
        tpos()
    except TposNotConfigured:
        return False
    return True
