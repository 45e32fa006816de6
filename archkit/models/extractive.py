"""The embedded chat model: it quotes, calls tools and fills schemas, without generating a word.

It needs no key and no network, and gives the same reply to the same messages on every machine, so that lessons and
graded exercises can rest on it. It says on every reply that it is extractive.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput, ModelProfile
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.tool import tool_call, tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool

from archkit.embeddings import word_pieces
from archkit.models.fields import Source, fill
from archkit.models.prompt import Prompt, paragraphs, passages_in_result, read_prompt
from archkit.models.relevance import Quote, first_best, rank, similarity
from archkit.models.tool_choice import Call, Lacking, Tool, call, choose_calls, forced_tool, read_tools

__all__ = ["ABSTENTION", "NOTE", "ExtractiveChatModel"]

ABSTENTION = "I do not know from the passages given."
"""What the model says when no sentence is near enough to the question."""

NOTE = "(Extractive model: it quotes sentences from the passages and generates none.)"
"""The last line of every reply in prose."""

_NOTHING_TO_QUOTE = "I do not know: this prompt has no passages to quote from."
_SHORT_RESULT = 60  # words; a tool's result up to this length is quoted whole
_NEXT_BEST = 0.08  # how much less relevant than the best a further quoted sentence may be
_INSTRUCTION = re.compile(
    r"^\s*(?:please\s+)?(?:classify|categori[sz]e|extract|identify|determine|decide|route|triage|label|assign|fill|"
    r"read|analy[sz]e|summari[sz]e|parse|convert)\b(?:[^:\n]{0,200}:\s|[^.:\n]{0,200}\.\s|[^\n]{0,200}\n)\s*",
    re.IGNORECASE,
)


@dataclass
class _Reply:
    text: str = ""
    calls: list[Call] = field(default_factory=list)
    about: dict[str, Any] = field(default_factory=dict)


class ExtractiveChatModel(BaseChatModel):
    """A LangChain chat model that answers with sentences quoted from the passages in its prompt.

    - It finds passages and question as `archkit.models.prompt.read_prompt` describes, quotes the sentences
      nearest to the question, each with the id of its passage (`[KB-017]`), and says that it does not know when the
      best is below `threshold`. Text in a passage is only ever quoted: an instruction in it is not followed.
    - With tools bound it calls the one whose description fits, with arguments found in the conversation; once their
      results are there it answers from them. When a required argument is nowhere to be found, it asks for it.
    - `with_structured_output` and `response_format` fill a schema from the passages and the question. Required
      fields that no text holds get the plainest value of their type and are listed in
      `response_metadata["missing"]`.
    - `usage_metadata` counts word pieces of MiniLM's tokenizer over messages and bound tools; special tokens and
      the roles' marks, which providers add, are not counted.

    `response_metadata` holds `extractive: True`, `abstained`, the `relevance` of the best sentence, and `cited`.
    """

    model_name: str = "extractive-minilm"
    """Name in traces and in `response_metadata`."""

    threshold: float = 0.45
    """Relevance below which the model abstains. Measured on the course's question set with the default retriever's five
    passages: of 180 answerable questions it answers 62% (50% first from a relevant article, 12% from another), and
    abstains on 81% of 36 unanswerable ones. Higher is more careful: at 0.56 it abstains on all 36 and answers 37%."""

    max_sentences: int = 3
    """How many sentences a reply quotes at most."""

    max_tokens: int | None = None
    """Word pieces after which a reply in prose is cut, with `finish_reason` "length"."""

    temperature: float | None = None
    """Accepted for the sake of other models; it has no effect, since nothing is sampled."""

    @property
    def _llm_type(self) -> str:
        return "extractive"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model_name": self.model_name, "threshold": self.threshold, "max_sentences": self.max_sentences}

    def _resolve_model_profile(self) -> ModelProfile:
        return {"tool_calling": True, "structured_output": True}

    def get_token_ids(self, text: str) -> list[int]:
        """Return the ids of MiniLM's word pieces of a text."""
        return word_pieces(text)

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | dict[str, Any] | bool | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Bind tools to the model.

        Args:
            tools: anything that LangChain can describe as a tool.
            tool_choice: "auto" (the default), "none", "any" or "required", or the name of the tool to call.
            kwargs: bound as well, as other models do; `parallel_tool_calls=False` limits a reply to one call.

        Raises:
            ValueError: if `tool_choice` names a tool that is not among them.
        """
        described = [convert_to_openai_tool(tool) for tool in tools]
        forced_tool(tool_choice, read_tools(described))
        if tool_choice is not None:
            kwargs["tool_choice"] = tool_choice
        return self.bind(tools=described, **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=self._message(messages, stop, kwargs))])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        whole = self._message(messages, stop, kwargs)
        for word in re.findall(r"\s*\S+|\s+$", whole.text):
            chunk = ChatGenerationChunk(message=AIMessageChunk(content=word))
            if run_manager:
                run_manager.on_llm_new_token(word, chunk=chunk)
            yield chunk
        for index, made in enumerate(whole.tool_calls):
            part = tool_call_chunk(
                name=made["name"], args=json.dumps(made["args"], ensure_ascii=False), id=made["id"], index=index
            )
            yield ChatGenerationChunk(message=AIMessageChunk(content="", tool_call_chunks=[part]))
        yield ChatGenerationChunk(
            message=AIMessageChunk(
                content="",
                usage_metadata=whole.usage_metadata,
                response_metadata=whole.response_metadata,
                chunk_position="last",
            )
        )

    def _message(
        self, messages: Sequence[BaseMessage], stop: Sequence[str] | None, options: dict[str, Any]
    ) -> AIMessage:
        tools: Sequence[Mapping[str, Any]] = options.get("tools") or ()
        reply = self._reply(read_prompt(messages), read_tools(tools), options)
        calls = reply.calls[:1] if options.get("parallel_tool_calls") is False else reply.calls
        text, finished = reply.text, "tool_calls" if calls else "stop"
        for mark in stop or ():
            text = text.split(mark, 1)[0]
        limit = options.get("max_tokens", self.max_tokens)
        if limit is not None and len(word_pieces(text)) > limit:
            text, finished = _cut(text, limit), "length"
        made = [
            tool_call(name=one.tool.name, args=one.arguments, id=_call_id(messages, number, one))
            for number, one in enumerate(calls)
        ]
        written = text + "".join(json.dumps(one["args"], ensure_ascii=False) for one in made)
        prompt_tokens = sum(len(word_pieces(message.text)) for message in messages)
        prompt_tokens += sum(
            len(word_pieces(json.dumps(one["args"])))
            for message in messages
            if isinstance(message, AIMessage)
            for one in message.tool_calls
        )
        prompt_tokens += len(word_pieces(json.dumps(tools))) if tools else 0
        output_tokens = len(word_pieces(written))
        missing = sorted({name for one in calls for name in one.missing} | set(reply.about.pop("missing", ())))
        return AIMessage(
            content=text,
            tool_calls=made,
            usage_metadata=UsageMetadata(
                input_tokens=prompt_tokens, output_tokens=output_tokens, total_tokens=prompt_tokens + output_tokens
            ),
            response_metadata={
                "model_name": self.model_name,
                "model_provider": "embedded",
                "extractive": True,
                "finish_reason": finished,
                "tokenizer": "all-MiniLM-L6-v2",
                **reply.about,
                **({"missing": missing} if missing else {}),
            },
        )

    def _reply(self, prompt: Prompt, tools: Sequence[Tool], options: Mapping[str, Any]) -> _Reply:
        choice = options.get("tool_choice")
        if tools and choice != "none":
            if forced := forced_tool(choice, tools):
                return self._forced(forced, prompt)
            must = choice in ("any", "required", True)
            acting = [tool for tool in tools if not tool.is_schema]
            schemas = [tool for tool in tools if tool.is_schema]
            chosen = choose_calls(acting, prompt, must=must and not schemas) if acting else []
            if isinstance(chosen, list) and chosen:
                return _Reply(calls=chosen)
            if schemas and must:
                fit = [similarity(prompt.question, f"{tool.name} {tool.description}") for tool in schemas]
                return self._forced(schemas[first_best(fit)], prompt)
            if isinstance(chosen, Lacking):
                wanted = " and ".join(name.replace("_", " ") for name in chosen.missing)
                return _Reply(f"To use {chosen.tool.name} I need the {wanted}. Please give it.\n\n{NOTE}")
        if schema := _response_schema(options.get("response_format")):
            source = self._source(prompt)
            filled = fill(schema, source)
            text = json.dumps(filled.value, ensure_ascii=False)
            return _Reply(text, about={**_grounds(source.quoted, source.relevance), "missing": filled.missing})
        return self._prose(prompt)

    def _forced(self, tool: Tool, prompt: Prompt) -> _Reply:
        known = (*(result.text for result in prompt.results), *prompt.earlier)
        if not tool.is_schema:
            return _Reply(calls=[call(tool, Source(prompt.question, earlier=known))])
        source = self._source(prompt)
        return _Reply(calls=[call(tool, source)], about=_grounds(source.quoted, source.relevance))

    def _prose(self, prompt: Prompt) -> _Reply:
        said, quotes, relevance = self._answer(prompt)
        about = {**_grounds(said, relevance), "abstained": not said}
        if said:
            text = " ".join(f"{sentence} [{name}]" for name, sentence in said)
        else:
            text = _NOTHING_TO_QUOTE if quotes == 0 else ABSTENTION
        return _Reply(f"{text}\n\n{NOTE}", about=about)

    def _answer(self, prompt: Prompt) -> tuple[list[tuple[str, str]], int, float | None]:
        """Return what answers the question as (id, sentence) pairs, how many were compared, the best relevance."""
        said: list[tuple[str, str]] = []
        found = list(prompt.passages)
        for result in prompt.results:
            name = result.name or "tool"
            if result.status == "error":
                said.append((name, f"{name} failed: {result.text.strip()}"))
                continue
            held = passages_in_result(name, result.text)
            short = [passage for passage in held if passage.id == name and len(passage.text.split()) <= _SHORT_RESULT]
            said += [(passage.id, passage.text.strip()) for passage in short if passage.text.strip()]
            found += [passage for passage in held if passage not in short]
        if not found and not said and prompt.beside:
            found = paragraphs(prompt.beside)
        ranked = rank(prompt.question, found)
        best = max((quote.relevance for quote in ranked), default=None)
        said += [(quote.passage.id, quote.sentence.quote) for quote in self._nearest(ranked)]
        return said, len(ranked) + len(said), best

    def _nearest(self, ranked: Sequence[Quote]) -> list[Quote]:
        """Choose the sentences to quote: the best and those about as good, in the order of the passages."""
        left = list(ranked)
        chosen: list[Quote] = []
        while left and len(chosen) < self.max_sentences:
            quote = left.pop(first_best([quote.relevance for quote in left]))
            lowest = max(self.threshold, chosen[0].relevance - _NEXT_BEST) if chosen else self.threshold
            if quote.relevance < lowest:
                break
            if all(quote.sentence.plain != other.sentence.plain for other in chosen):
                chosen.append(quote)
        return sorted(chosen, key=lambda quote: quote.place)

    def _source(self, prompt: Prompt) -> Source:
        """Gather what the fields of a structured answer are filled from."""
        held = [
            passage for result in prompt.results for passage in passages_in_result(result.name or "tool", result.text)
        ]
        found = (*prompt.passages, *held)
        if not found:
            whole = f"{prompt.beside}\n\n{prompt.question}" if prompt.beside else prompt.question
            return Source(_INSTRUCTION.sub("", whole, count=1) or whole, earlier=prompt.earlier)
        said, _, best = self._answer(prompt)
        answer = " ".join(sentence for _, sentence in said) if said else ABSTENTION
        return Source(prompt.question, found, prompt.earlier, tuple(said), best or 0.0, answer)


def _grounds(quoted: Sequence[tuple[str, str]], relevance: float | None) -> dict[str, Any]:
    """Say what a reply rests on. A schema filled from the message alone rests on no passage, and abstains from none."""
    return {
        "abstained": relevance is not None and not quoted,
        "relevance": None if relevance is None else round(relevance, 3),
        "cited": list(dict.fromkeys(name for name, _ in quoted)),
    }


def _response_schema(response_format: Any) -> Mapping[str, Any] | None:
    """Return the JSON schema of a `response_format`, as OpenAI's interface and LangChain's agents give it."""
    if not isinstance(response_format, Mapping) or response_format.get("type") != "json_schema":
        return None
    schema: Mapping[str, Any] = response_format["json_schema"].get("schema", {})
    return schema


def _cut(text: str, limit: int) -> str:
    words = re.findall(r"\s*\S+", text)
    while words and len(word_pieces("".join(words))) > limit:
        words.pop()
    return "".join(words)


def _call_id(messages: Sequence[BaseMessage], number: int, made: Call) -> str:
    """Make an id that is the same for the same conversation, and another at every point of it."""
    so_far = [[message.type, message.text, getattr(message, "tool_call_id", "")] for message in messages]
    identity = json.dumps([so_far, number, made.tool.name, made.arguments], sort_keys=True, default=str)
    return "call_" + hashlib.sha256(identity.encode("utf-8", "replace")).hexdigest()[:24]
