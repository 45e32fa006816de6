"""A blueprint holds together, survives JSON exactly, and says all that is wrong with it at once."""

import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from archkit.blueprint import (
    Blueprint,
    Component,
    DataClass,
    FailureBehaviour,
    Interface,
    InvalidData,
    State,
    Store,
    TrustZone,
)

tried = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])

OWN = TrustZone(id="own", name="Own", operator="own", region="eu")
CHAT = Component(id="chat", name="Chat", kind="client", zone="own")
BOT = Component(id="bot", name="Bot", kind="service", zone="own")


def sketch(**changes):
    parts = dict(name="Sketch", purpose="A test.", zones=[OWN], components=[CHAT, BOT], entry="chat")
    return Blueprint(**{**parts, **changes})


def problems(make):
    with pytest.raises(InvalidData) as caught:
        make()
    return caught.value.problems


@tried
@given(data=st.data())
def test_a_blueprint_survives_json_exactly(data, blueprints):
    blueprint = data.draw(blueprints(circles=True, any_names=True))
    again = Blueprint.model_validate_json(blueprint.model_dump_json())
    assert again == blueprint
    assert again.model_dump_json() == blueprint.model_dump_json()
    assert Blueprint.model_validate(blueprint.model_dump(mode="json")) == blueprint


def test_a_blueprint_needs_little(trailmate):
    assert sketch().nodes == (CHAT, BOT)
    assert sketch().node("bot") is not None and sketch().zone("own") == OWN
    assert [call.target for call in trailmate.calls_of("retriever")] == ["embedder", "index"]
    assert [call.source for call in trailmate.calls_to("embedder")] == ["retriever", "indexer"]
    assert trailmate.data_class("orders").sensitivity == "personal"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"entry": "cat"}, r"entry: there is no component 'cat'\. Did you mean 'chat'\? There are: chat, bot\."),
        ({"entry": "db", "stores": [Store(id="db", name="DB", kind="log", zone="own")]}, "That is a store"),
        ({"components": [CHAT, BOT, BOT]}, r"components\[2\] \('bot'\), id: 'bot' is already the id of another"),
        ({"stores": [Store(id="bot", name="B", kind="log", zone="own")]}, "already the id of another component or"),
        ({"zones": [OWN, OWN]}, "'own' is already the id of another trust zone"),
        ({"components": [CHAT, BOT.changed(zone="owm")]}, "there is no trust zone 'owm'. Did you mean 'own'?"),
        (
            {"stores": [Store(id="db", name="DB", kind="log", zone="own", holds=["orders"])]},
            r"stores\[0\] \('db'\), holds\[0\]: there is no data class 'orders'. There are: none yet. Add it to",
        ),
        (
            {"interfaces": [Interface(source="chat", target="bott", protocol="https")]},
            r"interfaces\[0\] \('chat' → 'bott'\), target: there is no component or store 'bott'. Did you mean 'bot'",
        ),
        ({"interfaces": [Interface(source="bot", target="bot", protocol="https")]}, "'bot' calls itself"),
        ({"interfaces": [Interface(source="chat", target="bot", protocol="https")] * 2}, "is there twice"),
        (
            {"interfaces": [Interface(source="chat", target="bot", protocol="https", carries=["x"])]},
            "there is no data class 'x'",
        ),
        (
            {"states": [State(name="s", scope="user", kept_in="bo", owner="chats")]},
            r"(?s)kept_in: there is no component or store 'bo'.*owner: there is no component 'chats'",
        ),
        (
            {
                "components": [
                    CHAT,
                    BOT.changed(on_failure=FailureBehaviour(behaviour="fallback", to="bot", user_sees="x")),
                ]
            },
            "'bot' cannot take over from itself",
        ),
        (
            {
                "components": [
                    CHAT,
                    BOT.changed(on_failure=FailureBehaviour(behaviour="escalate", to="clerk", user_sees="x")),
                ]
            },
            r"on_failure, to: there is no component or store 'clerk'",
        ),
    ],
)
def test_what_does_not_fit_together_is_said_with_its_place(changes, said):
    with pytest.raises(InvalidData, match=said):
        sketch(**changes)


def test_two_interfaces_between_the_same_nodes_are_told_apart_by_protocol_or_contract():
    call = Interface(source="chat", target="bot", protocol="https")
    both = sketch(interfaces=[call, call.changed(protocol="queue"), call.changed(schema_name="v2")])
    assert len(both.interfaces) == 3


def test_wrong_fields_and_broken_references_are_reported_together():
    found = problems(
        lambda: sketch(
            entry="cat",
            components=[CHAT, {"id": "bot", "name": "Bot", "kind": "servise", "zone": "moon"}, 7],
            interfaces=[{"source": "chat", "target": "bort", "protocol": "https", "timeout": 3}],
        )
    )
    assert [problem.split(":")[0] for problem in found] == [
        "components[1] ('bot'), kind",
        "components[2]",
        "interfaces[0] ('chat' → 'bort'), timeout",
        "components[1] ('bot'), zone",
        "interfaces[0] ('chat' → 'bort'), target",
        "entry",
    ]


def test_inside_another_model_every_problem_keeps_its_position():
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(list[Blueprint]).validate_python([sketch().model_dump() | {"entry": "x", "name": ""}])
    assert {error["loc"] for error in caught.value.errors()} == {(0, "name"), (0, "entry")}


@pytest.mark.parametrize("bad", ["Web Chat", "1st", "", "a.b", "ä", "x" * 41, None, 3])
def test_an_id_is_a_slug(bad):
    assert problems(lambda: Component(id=bad, name="X", kind="client", zone="own"))[0].startswith("id: ")


@pytest.mark.parametrize("field", ["capacity_rps", "latency_ms", "latency_p95_ms"])
@pytest.mark.parametrize("bad", [-1, math.nan, math.inf, 1e12, "10", True])
def test_a_capacity_or_latency_is_a_sensible_number(field, bad):
    [problem] = problems(lambda: Component(id="x", name="X", kind="client", zone="own", **{field: bad}))
    assert problem.startswith(f"{field}: ")


@pytest.mark.parametrize(
    "fields",
    [{"size_gb": -1}, {"retention_days": 1.5}, {"retention_days": -1}, {"capacity_rps": 0}, {"source_of_truth": "yes"}],
)
def test_a_store_has_sensible_numbers(fields):
    assert len(problems(lambda: Store(id="x", name="X", kind="log", zone="own", **fields))) == 1


@pytest.mark.parametrize(
    "fields", [{"calls_per_request": 0}, {"timeout_ms": 0}, {"timeout_ms": 2.5}, {"mode": "synchronous"}]
)
def test_an_interface_has_sensible_numbers(fields):
    assert len(problems(lambda: Interface(source="a", target="b", protocol="https", **fields))) == 1


def test_the_95th_percentile_is_not_below_the_typical_latency():
    [problem] = problems(lambda: CHAT.changed(latency_ms=20, latency_p95_ms=10))
    assert "cannot be faster than a typical one" in problem


def test_a_takeover_needs_somebody_and_a_failure_nobody():
    assert "who takes over" in problems(lambda: FailureBehaviour(behaviour="escalate", user_sees="x"))[0]
    assert "hands over to nobody" in problems(lambda: FailureBehaviour(behaviour="fail", to="bot", user_sees="x"))[0]


def test_text_is_one_line_without_control_characters():
    assert DataClass(name="  order \n data ", sensitivity="internal").name == "order data"
    assert sketch(purpose="Two\n    lines.").purpose == "Two lines."
    for bad in ("a\x00b", "\x1b[31mred", "\ufffe", "   ", "", "\ud800"):
        assert problems(lambda bad=bad: DataClass(name=bad, sensitivity="internal"))


def test_looking_for_what_is_not_there_suggests_what_is(trailmate):
    assert "Did you mean 'gateway'" in problems(lambda: trailmate.node("gatewy"))[0]
    assert "Did you mean 'larkspur'" in problems(lambda: trailmate.zone("Larkspur"))[0]
    assert "Did you mean 'orders'" in problems(lambda: trailmate.data_class("order"))[0]


broken = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["own", "chat", "bot", "https", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "name", "zone", "source", "target", "on_failure", "to", "holds"]), inner
        )
    ),
    max_leaves=12,
)


@tried
@given(fields=st.dictionaries(st.sampled_from(list(Blueprint.model_fields)), broken))
def test_whatever_is_given_there_is_a_blueprint_or_a_sentence(fields):
    try:
        Blueprint.model_validate({**sketch().model_dump(), **fields})
    except InvalidData as error:
        assert error.problems and all(problem.endswith((".", "?")) for problem in error.problems)
