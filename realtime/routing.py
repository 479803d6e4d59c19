"""Which addresses are streams. Everything else is Django's."""

from typing import Any

from channels.routing import ProtocolTypeRouter

from realtime.flow import Application, Receive, Scope, Send
from realtime.push import PushProcess
from realtime.sockets import Socket
from realtime.sse import Events, OldKeys, Transfers
from realtime.stream import EventStream, read_channels, read_keys, read_nothing
from realtime.topups import OldDialect, TopupDialect, TopupStream, read_order_code, read_reference

WEBSOCKET_PATHS = ("", "/ws")


def with_streams(django_application: Any, push: PushProcess) -> Application:
    """Return the application of a push process: streams before Django. See Note [Streams stay out of Django's handler].

    The Note is in `realtime/stream.py`.
    """
    socket = Socket(push)
    streams: dict[str, Application] = {
        "/api/events": EventStream(push, Events(), read_channels),
        "/api/realtime/sse": EventStream(push, OldKeys(), read_keys),
        "/api/sepay/stream": EventStream(push, Transfers(), read_nothing),
        "/api/topup/stream": TopupStream(push, TopupDialect(), read_reference),
        "/api/webhooks/stream": TopupStream(push, OldDialect(), read_order_code),
    }

    async def http(scope: Scope, receive: Receive, send: Send) -> None:
        await streams.get(scope["path"].rstrip("/"), django_application)(scope, receive, send)

    async def websocket(scope: Scope, receive: Receive, send: Send) -> None:
        await (socket if scope["path"].rstrip("/") in WEBSOCKET_PATHS else refuse)(scope, receive, send)

    application: Application = ProtocolTypeRouter({"http": http, "websocket": websocket})
    return application


async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
    """No socket is here."""
    await send({"type": "websocket.close"})
