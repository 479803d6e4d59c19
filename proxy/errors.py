"""What the gateway answers itself, when the neighbour could not or must not."""

from n2store.errors import DomainError


class GatewayError(DomainError):
    """A call to a neighbour that got no answer to pass on. `retry_after_s`: when it may be worth another try.

    `never_left`: the call surely did not reach the neighbour, so that whatever it asked for was not done.
    """

    status, code = 502, "UPSTREAM_FAILED"
    retry_after_s: int | None = None
    never_left: bool = False

    def __init__(self, upstream: str, sentence: str) -> None:
        super().__init__(sentence, upstream=upstream)
        self.beside = {"upstream": upstream}


class UpstreamUnreachable(GatewayError):
    """Nobody answered: no address, no connection, or one that broke before the answer began."""

    code = "UPSTREAM_UNREACHABLE"


class UpstreamTimeout(GatewayError):
    """The answer did not come, or did not end, in time."""

    status, code = 504, "UPSTREAM_TIMEOUT"


class UpstreamCut(GatewayError):
    """The answer broke off, or was no HTTP."""

    code = "UPSTREAM_CUT"


class UpstreamTooLarge(GatewayError):
    """The answer is larger than we pass on."""

    code = "UPSTREAM_TOO_LARGE"


class UpstreamRedirects(GatewayError):
    """The answer leads elsewhere, where we do not go."""

    code = "UPSTREAM_REDIRECTS"


class UpstreamUnsuitable(GatewayError):
    """The answer is not of the kind that was asked for: no image, no JSON."""

    code = "UPSTREAM_UNSUITABLE"


class UpstreamBusy(GatewayError):
    """As many calls as the neighbour may hold are on their way."""

    status, code = 503, "UPSTREAM_BUSY"
    retry_after_s = 2
    never_left = True


class UpstreamOpen(GatewayError):
    """It failed several times in a row, or a person holds calls back: nobody waits in vain. Its breaker is open."""

    status, code = 503, "UPSTREAM_OPEN"
    never_left = True
    """Nothing was sent: the same may be asked again."""

    def __init__(self, upstream: str, *, retry_after_s: int) -> None:
        super().__init__(upstream, "This service does not answer now, so it is not asked. Please repeat later.")
        self.retry_after_s = retry_after_s


class UpstreamNotConfigured(GatewayError):
    """Its address, or the key it wants, is not set."""

    status, code = 503, "UPSTREAM_NOT_CONFIGURED"
    never_left = True


class HostRefused(DomainError):
    """An address where we do not go."""

    status, code = 403, "HOST_REFUSED"


class InvalidUrl(DomainError):
    """Not an address of the web."""

    status, code = 400, "INVALID_URL"


class InvalidCall(DomainError):
    """A field is missing, or not what it should be."""

    status, code = 400, "INVALID_CALL"


class InvalidText(DomainError):
    """A text of a caller's holds what is no character."""

    status, code = 400, "INVALID_TEXT"


class TooMany(DomainError):
    """One caller asks too often. `retry_after_s`: when a new minute begins."""

    status, code = 429, "RATE_LIMITED"

    def __init__(self, sentence: str, *, retry_after_s: int) -> None:
        super().__init__(sentence)
        self.retry_after_s = retry_after_s


class CallerGone(DomainError):
    """Whoever sends the body went away, or broke it off. Hardly anybody hears this; no neighbour is blamed."""

    status, code = 400, "CALLER_GONE"
    retry_after_s: int | None = None


class LengthRequired(DomainError):
    """A body whose length is not announced."""

    status, code = 411, "LENGTH_REQUIRED"


class BodyTooLarge(DomainError):
    """A body larger than the upstream is given."""

    status, code = 413, "TOO_LARGE"


class UpstreamFailed(GatewayError):
    """The neighbour answers that something went wrong there."""
