"""The RAG in LlamaIndex."""

from collections.abc import Sequence
from typing import Any

import httpx
from llama_index.core import VectorStoreIndex
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, CompletionResponse, MessageRole
from llama_index.core.embeddings import BaseEmbedding
from llama_index.core.llms import CompletionResponseGen, CustomLLM, LLMMetadata
from llama_index.core.llms.callbacks import llm_chat_callback, llm_completion_callback
from llama_index.core.prompts import ChatPromptTemplate
from llama_index.core.schema import TextNode
from pydantic import PrivateAttr

from archkit.same_rag.task import MAX_TOKENS, RULES, TOP_K, Answer, Embed, Endpoint, Passage

__all__ = ["GivenEmbedding", "GivenModel", "Rag"]


class GivenEmbedding(BaseEmbedding):
    """The embedding function as LlamaIndex wants it."""

    _embed: Embed = PrivateAttr()

    def __init__(self, embed: Embed) -> None:
        """Keep the function."""
        super().__init__()
        self._embed = embed

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._embed([text])[0]

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._embed([query])[0]

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)


class GivenModel(CustomLLM):
    """The endpoint as LlamaIndex wants it. (For OpenAI's own service there is an integration package.)"""

    endpoint: Any
    _client: httpx.Client = PrivateAttr(default_factory=lambda: httpx.Client(timeout=120, trust_env=False))

    @property
    def metadata(self) -> LLMMetadata:
        """Say that it takes messages, not one text."""
        return LLMMetadata(is_chat_model=True, num_output=MAX_TOKENS, model_name=self.endpoint.model)

    @llm_chat_callback()
    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """Send messages and return the answer."""
        response = self._client.post(
            f"{self.endpoint.base_url}/chat/completions",
            headers={"Authorization": f"Bearer {self.endpoint.api_key}"},
            json={
                "model": self.endpoint.model,
                "messages": [{"role": message.role.value, "content": message.content} for message in messages],
                "max_tokens": MAX_TOKENS,
                "temperature": 0,
            },
        )
        response.raise_for_status()
        said = response.json()["choices"][0]["message"]["content"]
        return ChatResponse(message=ChatMessage(role=MessageRole.ASSISTANT, content=said), raw=response.json())

    @llm_completion_callback()
    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        """Answer one text; the interface demands it."""
        answered = self.chat([ChatMessage(role=MessageRole.USER, content=prompt)])
        return CompletionResponse(text=answered.message.content or "", raw=answered.raw)

    @llm_completion_callback()
    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponseGen:
        """Answer one text in one piece; the interface demands it."""
        yield self.complete(prompt, formatted, **kwargs)


class Rag:
    """An index and its query engine."""

    def __init__(self, passages: Sequence[Passage], embed: Embed, endpoint: Endpoint) -> None:
        """Embed the passages and set what LlamaIndex would else choose itself."""
        template = ChatPromptTemplate.from_messages([("system", RULES + "\n\n{context_str}"), ("user", "{query_str}")])
        self.index = VectorStoreIndex([_node(p) for p in passages], embed_model=GivenEmbedding(embed))
        model = GivenModel(endpoint=endpoint)
        self.engine = self.index.as_query_engine(llm=model, similarity_top_k=TOP_K, text_qa_template=template)

    def answer(self, question: str) -> Answer:
        """Answer a question from the passages nearest to it."""
        response = self.engine.query(question)
        return Answer(str(response), tuple(found.node.node_id for found in response.source_nodes))


def _node(passage: Passage) -> TextNode:
    # Metadata go into the embedded text and into the prompt unless they are excluded by name.
    return TextNode(
        id_=passage.id,
        text=passage.text,
        metadata={"article": passage.article},
        excluded_embed_metadata_keys=["article"],
        metadata_template="{value}",
        text_template='<passage id="{metadata_str}">\n{content}\n</passage>',
    )
