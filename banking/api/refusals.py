"""How a refusal of this area looks: the contract's sentence for it, and what the old pages read beside."""

from typing import Any, ClassVar

from rest_framework.response import Response
from rest_framework.views import APIView
from typing_extensions import override

from n2store.roles import IsStaffMember


class BankView(APIView):
    """A view whose refusals say what the old server said. `sentences` are by code; `{name}` is one of its params."""

    permission_classes = [IsStaffMember]
    sentences: ClassVar[dict[str, str]] = {}

    def beside(self, code: str, error: Exception) -> dict[str, Any]:
        """Return what stands beside the sentence of a refusal."""
        return {}

    @override
    def handle_exception(self, exc: Exception) -> Response:
        response = super().handle_exception(exc)
        body: Any = response.data
        if isinstance(body, dict) and body.get("success") is False:
            code = body.get("code", "")
            if sentence := self.sentences.get(code):
                body["error"] = sentence.format_map(getattr(exc, "params", {}))
            body |= self.beside(code, exc)
        return response
