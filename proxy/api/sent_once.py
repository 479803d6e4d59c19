"""A door through which messages go out: with an `Idempotency-Key` once, whoever repeats the call."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db import connection
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from n2store.errors import DomainError
from n2store.idempotency import checked_key
from n2store.problems import problem
from n2store.roles import caller_of
from proxy.facebook import once
from proxy.facebook.once import Given, SendUnknown

KEY_HEADER = "HTTP_IDEMPOTENCY_KEY"
REPLAYED = "Idempotent-Replayed"


def sent_once(request: Request, said: Mapping[str, Any], send: Callable[[], dict[str, Any]]) -> Response:
    """Answer with what `send` returns. With a key, a repeat of `said` hears the first answer and sends nothing.

    A refusal before anything went out leaves the key free. One that came in the middle is the key's answer, and so is
    that nobody knows.

    Raises:
        InvalidKey, KeyReused, SendUnderWay, SendUnknown: by the key.
        DomainError: whatever `send` raises.
    """
    key = checked_key(request.META.get(KEY_HEADER))
    if key is None:
        return Response(send())
    by = caller_of(request.user).name
    before = once.begin(key=key, by=by, digest=once.digest_of(request.path, said), now=timezone.now())
    if before is not None:
        return Response(before.answer, status=before.status, headers={REPLAYED: "true"})
    if not connection.in_atomic_block:
        connection.close()  # Facebook is asked next, which may take long.
    try:
        answer = send()
    except SendUnknown as unknown:
        once.answered(key, _told(unknown), known=False)
        raise
    except DomainError as refused:
        if refused.beside.get("message_ids"):
            once.answered(key, _told(refused))
        else:
            once.forget_key(key)
        raise
    once.answered(key, Given(200, answer))
    return Response(answer)


def _told(refused: DomainError) -> Given:
    return Given(refused.status, problem(str(refused), refused.code, refused.params, **refused.beside))
