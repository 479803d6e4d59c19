"""The path and query of a request as they came, byte for byte."""

from urllib.parse import quote, unquote

from django.http import HttpRequest

from proxy.errors import InvalidCall

AS_IT_CAME = "HTTP_X_REQUEST_TARGET"
"""The front's word for it: WSGI hands on the path decoded."""
_KEPT = "/:@!$&'()*+,;=~-._"


def raw_target(request: HttpRequest) -> tuple[str, str]:
    """Return path and query. Where the front did not say the path, it is written from the decoded one."""
    query = request.META.get("QUERY_STRING", "")
    path, _, said = request.META.get(AS_IT_CAME, "").partition("?")
    if said != query or unquote(path) != request.path_info:  # Nobody said it, or it is not of this request.
        path = quote(request.path_info, safe=_KEPT)
    return path, _in_ascii(query)


def below(path: str, mount: str) -> str:
    """Return the part of `path` after `mount`, both beginning with `/`.

    Raises:
        InvalidCall: it holds steps that would lead out of there.
    """
    rest = path[len(mount) :]
    if any(unquote(step).strip() in {".", ".."} or "\\" in unquote(step) for step in _steps(rest)):
        raise InvalidCall("The path may not climb.")
    return rest


def _steps(path: str) -> list[str]:
    """Return the parts of a path, also where a slash is written in per cents."""
    return path.replace("%2F", "/").replace("%2f", "/").split("/")


def _in_ascii(query: str) -> str:
    """Return a query that may go over the wire: what no browser sends is written in per cents."""
    return "".join(letter if "!" <= letter <= "~" else quote(letter.encode("latin-1", "replace")) for letter in query)


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
