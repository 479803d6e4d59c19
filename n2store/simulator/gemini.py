"""Google's Gemini: answers what it was asked last, or says why not. Loopback only."""

import json
import re
from dataclasses import dataclass

from typing_extensions import override

from n2store.simulator.answering import Asked, Neighbour, Reply, Said, reply

KEY = "gemini-key"
ASKED = re.compile(r"/v1beta/models/(?P<model>[\w.-]+):generateContent")


@dataclass
class Gemini(Neighbour):
    """Whoever knows the key is answered; the text `quá tải` is one too many."""

    @override
    def answer(self, path: str, query: object, authorization: str) -> Said:
        return 404, {}

    @override
    def reply(self, asked: Asked) -> Reply:
        found = ASKED.fullmatch(asked.target)
        if asked.headers.get("x-goog-api-key") != KEY:
            return _refused(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.")
        if found is None or asked.method != "POST":
            return _refused(404, "NOT_FOUND", "models/x is not found.")
        said = json.loads(asked.body)["contents"][-1]["parts"][0].get("text", "")
        if said == "quá tải":
            return _refused(429, "RESOURCE_EXHAUSTED", "You exceeded your current quota.")
        content = {"role": "model", "parts": [{"text": f"Dạ, {said}"}]}
        return reply({
            "candidates": [{"content": content, "finishReason": "STOP", "index": 0}], "modelVersion": found["model"],
        })  # fmt: skip


def _refused(status: int, word: str, sentence: str) -> Reply:
    return reply({"error": {"code": status, "message": sentence, "status": word}}, status)
