"""The RAG in LangChain, with LangGraph for the order of its steps."""

from collections.abc import Sequence
from typing import TypedDict

import httpx
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.vectorstores import InMemoryVectorStore
from langchain_openai import ChatOpenAI
from langgraph.graph import END, START, StateGraph
from pydantic import SecretStr

from archkit.same_rag.task import MAX_TOKENS, RULES, TOP_K, Answer, Embed, Endpoint, Passage

__all__ = ["Rag"]


class Turn(TypedDict, total=False):
    """The state of one turn."""

    question: str
    found: list[Document]
    text: str


class GivenEmbeddings(Embeddings):
    """The embedding function as LangChain wants it."""

    def __init__(self, embed: Embed) -> None:
        """Keep the function."""
        self.embed = embed

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Embed passages."""
        return self.embed(texts)

    def embed_query(self, text: str) -> list[float]:
        """Embed a question."""
        return self.embed([text])[0]


class Rag:
    """Two nodes, retrieve and generate."""

    def __init__(self, passages: Sequence[Passage], embed: Embed, endpoint: Endpoint) -> None:
        """Embed the passages and compile the graph."""
        store = InMemoryVectorStore(GivenEmbeddings(embed))
        store.add_documents([Document(p.text, id=p.id, metadata={"tagged": p.tagged()}) for p in passages])
        self.retriever = store.as_retriever(search_kwargs={"k": TOP_K})
        model = ChatOpenAI(
            base_url=endpoint.base_url,
            api_key=SecretStr(endpoint.api_key),
            model=endpoint.model,
            max_completion_tokens=MAX_TOKENS,
            temperature=0,
            http_client=httpx.Client(timeout=120, trust_env=False),
        )
        prompt = ChatPromptTemplate([("system", RULES + "\n\n{passages}"), ("human", "{question}")])
        self.generator = prompt | model
        graph = StateGraph(Turn).add_node("retrieve", self._retrieve).add_node("generate", self._generate)
        graph.add_edge(START, "retrieve").add_edge("retrieve", "generate").add_edge("generate", END)
        self.graph = graph.compile()

    def _retrieve(self, state: Turn) -> Turn:
        return {"found": self.retriever.invoke(state["question"])}

    def _generate(self, state: Turn) -> Turn:
        passages = "\n\n".join(document.metadata["tagged"] for document in state["found"])
        return {"text": self.generator.invoke({"passages": passages, "question": state["question"]}).text}

    def answer(self, question: str) -> Answer:
        """Answer a question from the passages nearest to it."""
        turn = self.graph.invoke({"question": question})
        return Answer(turn["text"], tuple(str(document.id) for document in turn["found"]))
