"""The RAG in plain Python, with numpy for the search and httpx for the request."""

from collections.abc import Sequence

import httpx
import numpy as np

from archkit.same_rag.task import MAX_TOKENS, RULES, TOP_K, Answer, Embed, Endpoint, Passage

__all__ = ["Rag"]


class Rag:
    """Search, prompt, request: one statement or two each."""

    def __init__(self, passages: Sequence[Passage], embed: Embed, endpoint: Endpoint) -> None:
        """Embed the passages."""
        self.passages, self.embed, self.endpoint = passages, embed, endpoint
        self.vectors = np.array(embed([passage.text for passage in passages]))
        self.client = httpx.Client(base_url=endpoint.base_url, timeout=120, trust_env=False)

    def retrieve(self, question: str) -> list[Passage]:
        """Return the passages nearest to a question, best first."""
        likeness = self.vectors @ np.array(self.embed([question])[0])
        return [self.passages[number] for number in np.argsort(-likeness, kind="stable")[:TOP_K]]

    def answer(self, question: str) -> Answer:
        """Answer a question from the passages nearest to it."""
        found = self.retrieve(question)
        system = RULES + "\n\n" + "\n\n".join(passage.tagged() for passage in found)
        messages = [{"role": "system", "content": system}, {"role": "user", "content": question}]
        response = self.client.post(
            "/chat/completions",
            headers={"Authorization": f"Bearer {self.endpoint.api_key}"},
            json={"model": self.endpoint.model, "messages": messages, "max_tokens": MAX_TOKENS, "temperature": 0},
        )
        response.raise_for_status()
        text = response.json()["choices"][0]["message"]["content"]
        return Answer(text, tuple(passage.id for passage in found))
