"""One conversation on screen: its newest messages, oldest first."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from n2store.live import newest_position
from n2store.pages import drawn
from n2store.roles import caller_of
from realtime.chat import queries
from realtime.console.inbox import LIVE_EVENTS
from realtime.inbox.authority import may_answer
from realtime.models import Conversation, WaitingCustomer
from realtime.pages import names as page_names

MESSAGES_SHOWN_MAX = 100


def conversation_view(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Show what was said. Who may is checked before.

    Raises:
        ConversationNotFound: there is no such conversation.
    """
    cursor = newest_position()
    conversation = queries.conversation_of(conversation_id)
    before = _before(request)
    rows = list(queries.messages(conversation)[: MESSAGES_SHOWN_MAX + 1] if before is None else
                queries.messages(conversation).filter(pk__lt=before)[: MESSAGES_SHOWN_MAX + 1])  # fmt: skip
    shown = rows[:MESSAGES_SHOWN_MAX]
    contact = conversation.contact
    context = {
        "conversation": conversation,
        "page_name": page_names().get(conversation.page_id, ""),
        "contact": contact,
        "waiting": WaitingCustomer.objects.filter(contact=contact).first() if contact else None,
        "messages_said": list(reversed(shown)),
        "older": shown[-1].pk if len(rows) > MESSAGES_SHOWN_MAX else None,
        "may_answer": may_answer(caller_of(request.user)),
        "live_cursor": cursor,
        "live_events": " ".join(LIVE_EVENTS),
    }
    title = (contact.name if contact else "") or _("Conversation")
    return drawn(request, "realtime/conversation/page.html", context, title=title, of=Conversation)


def _before(request: HttpRequest) -> int | None:
    text = request.GET.get("before", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None
