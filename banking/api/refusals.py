"""How a refusal of this area looks: the contract's sentence for it, and what the old pages read beside."""

from typing import Any, ClassVar

from rest_framework.response import Response
from rest_framework.views import APIView
from typing_extensions import override

from banking.api.inputs import id_of
from banking.desk.errors import TransferNotFound
from n2store.roles import IsStaffMember


class BankView(APIView):
    """A view whose refusals say what the old server said. `sentences` are by code; `{name}` is one of its params.

    `statuses`, by code, are for a version that answers with another status than the refusal's own.
    """

    permission_classes = [IsStaffMember]
    sentences: ClassVar[dict[str, str]] = {}
    statuses: ClassVar[dict[str, int]] = {}

    def beside(self, refusal: Exception) -> dict[str, Any]:
        """Return what stands in the body of a refusal beside its sentence; `error` there is another sentence."""
        return {}

    @override
    def handle_exception(self, exc: Exception) -> Response:
        response = super().handle_exception(exc)
        body: Any = response.data
        if isinstance(body, dict) and body.get("success") is False:
            if sentence := self.sentences.get(body.get("code", "")):
                body["error"] = sentence.format_map(getattr(exc, "params", {}))
            response.status_code = self.statuses.get(body.get("code", ""), response.status_code)
            body |= self.beside(exc)
        return response


def transfer_meant(text: str) -> int:
    """Return the id of a transfer that a part of the path says.

    Raises:
        TransferNotFound: no transfer can have it.
    """
    transfer_id = id_of(text)
    if transfer_id is None:
        raise TransferNotFound("Transaction not found")
    return transfer_id
