"""`/api/pancake-direct/…`: Pancake as its own page calls it, with the login in a cookie."""

import re
from dataclasses import replace

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from proxy.api.forwarding import Forward, Going, send, with_token
from proxy.calling import Answer
from proxy.errors import InvalidCall
from proxy.lending import lent
from proxy.targets import without
from proxy.upstreams import LANGUAGES, PANCAKE

JWT = re.compile(r"[\w.~+/=-]{1,8000}", re.ASCII)
FOR_US = frozenset({"page_id", "jwt"})


@extend_schema(exclude=True)
class ForwardDirect(Forward):
    """`page_id` and `jwt` of the query are for us: they become the page a call comes from, and the cookie."""

    upstream = PANCAKE

    def ask(self, request: Request, going: Going) -> Answer:
        """Call with the caller's login, or with the shop's where the caller is logged in with us and brings none."""
        query, taken = without(going.query, FOR_US)
        base = self.upstream.place.origin
        jwt = taken.get("jwt") or (lent("pancake") if request.user is not None else None)
        if jwt and not JWT.fullmatch(jwt):
            raise InvalidCall("jwt is not valid.")
        page = settings.PANCAKE_REFERERS.get(taken.get("page_id", ""), "/multi_pages")
        headers = going.headers | {"referer": base + page, "accept-language": LANGUAGES}
        if jwt:
            headers["cookie"] = f"jwt={jwt}; locale=vi"
        return send(request, replace(going, query=with_token(request, query), headers=headers))
