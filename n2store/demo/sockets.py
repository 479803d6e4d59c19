"""The demo shop's accounts at Pancake and TPOS, where the simulator plays them."""

from urllib.parse import urlsplit

from django.conf import settings

from n2store.roles import EVERYONE, Caller
from n2store.simulator import pancake, tpos_socket
from realtime.frames import Provider
from realtime.models import Account
from realtime.upstream import commands
from realtime.upstream.commands import Asked

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def ensure() -> bool:
    """Have both sockets held, if they are played on this machine and nobody has said otherwise; return whether new."""
    if not _is_played(settings.PANCAKE_SOCKET_URL) or not _is_played(settings.TPOS_SOCKET_URL):
        return False
    if Account.objects.exists():
        return False
    caller = Caller(name="demo", roles=EVERYONE)
    commands.start(
        Asked(provider=Provider.PANCAKE, owner=pancake.USER, token=pancake.TOKEN, page_ids=pancake.PAGES),
        caller=caller,
    )
    commands.start(Asked(provider=Provider.TPOS, owner=tpos_socket.ROOM, token=tpos_socket.TOKEN), caller=caller)
    return True


def _is_played(url: str) -> bool:
    return urlsplit(url).hostname in LOOPBACK
