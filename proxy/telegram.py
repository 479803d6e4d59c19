"""Telegram's Bot API: one sentence to the shop's chat, if one is set."""

import json
from typing import Any

from django.conf import settings

from proxy.errors import GatewayError, UpstreamOpen
from proxy.questions import ask

UPSTREAM = "telegram"
METHOD = "/sendMessage"
"""All that a trace keeps of the address: before it stands the token."""
TIMEOUT_S = 5.0
LENGTH_MAX = 4_000
"""Characters; Telegram takes 4,096."""
ANSWER_BYTES_MAX = 256 * 1024
RETRY_AFTER_MAX_S = 24 * 60 * 60


class NotTaken(Exception):
    """Telegram did not take a sentence; the text holds no token. `retry_after_s`: for so long it is left alone."""

    def __init__(self, why: str, retry_after_s: int = 0) -> None:
        super().__init__(why)
        self.retry_after_s = retry_after_s


def is_set() -> bool:
    """Tell whether there is a chat to write to."""
    return bool(settings.TELEGRAM_BOT_TOKEN and settings.TELEGRAM_CHAT_ID)


def send(sentence: str) -> None:
    """Send a sentence, once.

    Raises:
        NotTaken: no chat is set, Telegram says no, or nobody answered: then it may have been taken all the same.
    """
    if not is_set():
        raise NotTaken("No chat is set.")
    address = f"{settings.TELEGRAM_API_URL.rstrip('/')}/bot{settings.TELEGRAM_BOT_TOKEN}{METHOD}"
    said = {"chat_id": settings.TELEGRAM_CHAT_ID, "text": sentence[:LENGTH_MAX], "disable_web_page_preview": True}
    try:
        status, body = ask(
            UPSTREAM, "POST", address, told=METHOD, timeout_s=TIMEOUT_S, bytes_max=ANSWER_BYTES_MAX, json=said
        )
    except UpstreamOpen as held:
        raise NotTaken("Telegram fails again and again, so it is not asked now.", held.retry_after_s or 0) from None
    except GatewayError as error:
        raise NotTaken(f"Telegram: {error}") from None
    told = _object(body)
    if status != 200 or told.get("ok") is not True:
        raise NotTaken(f"Telegram answers {status}.", _retry_after(told))


def _object(body: bytes) -> dict[str, Any]:
    try:
        told: Any = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _retry_after(told: dict[str, Any]) -> int:
    asked = told.get("parameters")
    seconds = asked.get("retry_after") if isinstance(asked, dict) else None
    return min(seconds, RETRY_AFTER_MAX_S) if type(seconds) is int and seconds > 0 else 0
