"""Telegram's Bot API: one sentence to the shop's chat, if one is set."""

from typing import Any

import requests
from django.conf import settings

TIMEOUT_S = 5.0
LENGTH_MAX = 4_000
"""Characters; Telegram takes 4,096."""
RETRY_AFTER_MAX_S = 24 * 60 * 60


class NotTaken(Exception):
    """Telegram did not take a sentence. Its text holds no token; `retry_after_s` is Telegram's wish."""

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
    address = f"{settings.TELEGRAM_API_URL.rstrip('/')}/bot{settings.TELEGRAM_BOT_TOKEN}/sendMessage"
    said = {"chat_id": settings.TELEGRAM_CHAT_ID, "text": sentence[:LENGTH_MAX], "disable_web_page_preview": True}
    try:
        with _session() as session:
            answer = session.post(address, json=said, timeout=TIMEOUT_S, allow_redirects=False)
    except requests.RequestException as error:  # Its text holds the address, and so the token.
        raise NotTaken(f"Telegram is not reached: {type(error).__name__}.") from None
    told = _object(answer)
    if answer.status_code != 200 or told.get("ok") is not True:
        raise NotTaken(f"Telegram answers {answer.status_code}.", _retry_after(told))


def _session() -> requests.Session:
    """Return a session that takes neither passwords nor proxies from this machine."""
    session = requests.Session()
    session.trust_env = False
    return session


def _object(answer: requests.Response) -> dict[str, Any]:
    try:
        told: Any = answer.json()
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _retry_after(told: dict[str, Any]) -> int:
    asked = told.get("parameters")
    seconds = asked.get("retry_after") if isinstance(asked, dict) else None
    return min(seconds, RETRY_AFTER_MAX_S) if type(seconds) is int and seconds > 0 else 0
