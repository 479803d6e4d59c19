"""A sentence to the shop's chat, if one is set. An alert that cannot be sent stands in the log all the same."""

import logging

import requests
from django.conf import settings

logger = logging.getLogger(__name__)

TIMEOUT_S = 5.0


def send(sentence: str) -> bool:
    """Send it, and return whether it was taken."""
    if not settings.TELEGRAM_BOT_TOKEN or not settings.TELEGRAM_CHAT_ID:
        return False
    address = f"{settings.TELEGRAM_API_URL}/bot{settings.TELEGRAM_BOT_TOKEN}/sendMessage"
    said = {"chat_id": settings.TELEGRAM_CHAT_ID, "text": sentence}
    try:
        answer = requests.post(address, json=said, timeout=TIMEOUT_S, allow_redirects=False)
    except requests.RequestException as error:  # Its text holds the address, and so the token.
        logger.warning("Telegram was not reached: %s.", type(error).__name__)
        return False
    if not answer.ok:
        logger.warning("Telegram answered %d.", answer.status_code)
    return answer.ok
