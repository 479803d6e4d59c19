"""The path and query of a request as they came, byte for byte."""

from urllib.parse import quote, unquote, unquote_to_bytes

from django.http import HttpRequest
from django.utils.encoding import repercent_broken_unicode

from proxy.errors import InvalidCall

AS_IT_CAME = "HTTP_X_REQUEST_TARGET"
"""The front's word for it: WSGI hands on the path decoded."""
_KEPT = "/:@!$&'()*+,;=~-._"


def raw_target(request: HttpRequest, mount: str) -> tuple[str, str]:
    """Return path, which begins with `mount`, and query. A path that nobody said is written from the decoded one.

    So is one whose beginning stands in per cents: what comes after `mount` is counted off by its letters.
    """
    query = request.META.get("QUERY_STRING", "")
    path, _, said = request.META.get(AS_IT_CAME, "").partition("?")
    if said != query or _decoded(path) != request.path_info or not path.startswith(mount):
        path = quote(request.path_info, safe=_KEPT)
    return path, in_ascii(query)


def _decoded(path: str) -> str:
    """Return a path as Django decodes it: what is no UTF-8 stays in per cents."""
    return repercent_broken_unicode(unquote_to_bytes(path)).decode()


def below(path: str, mount: str) -> str:
    """Return the part of `path` after `mount`, both beginning with `/`.

    Raises:
        InvalidCall: it holds steps that would lead out of there.
    """
    rest = path[len(mount) :]
    if any(_climbs(unquote(step)) for step in _steps(rest)):
        raise InvalidCall("The path may not climb.")
    return rest


def _climbs(step: str) -> bool:
    """Tell whether some server may take this step of a path for one up; what comes after `;` is no part of its name."""
    return "\\" in step or step.partition(";")[0].strip() in {".", ".."}


def _steps(path: str) -> list[str]:
    """Return the parts of a path, also where a slash is written in per cents."""
    return path.replace("%2F", "/").replace("%2f", "/").split("/")


def in_ascii(text: str) -> str:
    """Return an address or a query that may go over the wire: what no browser sends is written in per cents."""
    return "".join(letter if "!" <= letter <= "~" else quote(letter.encode("latin-1", "replace")) for letter in text)


def without(query: str, names: frozenset[str]) -> tuple[str, dict[str, str]]:
    """Take fields out of a query and return what is left, as it was, and the values taken (the first of each)."""
    left: list[str] = []
    taken: dict[str, str] = {}
    for field in query.split("&"):
        name, _, value = field.partition("=")
        if unquote(name) in names:
            taken.setdefault(unquote(name), unquote(value.replace("+", " ")))
        else:
            left.append(field)
    return "&".join(left), taken
