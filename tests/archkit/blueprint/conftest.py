"""Random blueprints, and one that looks like the running case."""

from collections.abc import Callable

import pytest
from hypothesis import strategies as st

from archkit.blueprint import (
    Blueprint,
    Component,
    DataClass,
    FailureBehaviour,
    Interface,
    State,
    Store,
    TrustZone,
)

anything = st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn"]), min_size=1, max_size=25)
markup = st.sampled_from(["end", "1. x", "<b>&amp;", '"x"', "`a`", "%%{init}%%", "style: #fff;", "]] --> {{", "a_b*c*"])
names = markup | anything.map(lambda text: " ".join(text.split()) or "blank")
halves = st.integers(1, 8).map(lambda n: n / 2)


@st.composite
def _blueprints(draw: st.DrawFn, *, circles: bool = False, largest: int = 6, any_names: bool = False) -> Blueprint:
    """Draw a blueprint with every kind of part; calls only go forward unless `circles` are allowed."""
    name = names if any_names else st.sampled_from(["Alpha", "Beta", "Gamma"])
    zones = [
        TrustZone(
            id=f"zone{i}",
            name=draw(name),
            operator=draw(st.sampled_from(["own", "vendor", "public"])),
            region=draw(st.sampled_from(["eu", "us", "global"])),
        )
        for i in range(draw(st.integers(1, 3)))
    ]
    data_names = draw(st.lists(name, unique=True, max_size=3))
    data_classes = [
        DataClass(
            name=data_name,
            sensitivity=draw(
                st.sampled_from(["public", "internal", "personal", "special_category", "payment", "secret"])
            ),
            home_region=draw(st.sampled_from([None, "eu", "us"])),
        )
        for data_name in data_names
    ]
    some_data = st.lists(st.sampled_from(data_names), unique=True) if data_names else st.just([])
    size = draw(st.integers(1, largest))
    ids = [f"n{i}" for i in range(size)]
    is_store = [False] + [draw(st.booleans()) and draw(st.booleans()) for _ in ids[1:]]
    components, stores = [], []
    for id, store in zip(ids, is_store, strict=True):
        behaviour = draw(st.sampled_from([None, "fail", "fallback", "degrade", "queue", "retry", "escalate"]))
        others = [other for other in ids if other != id]
        to = draw(st.sampled_from(others)) if others else None
        if behaviour in ("fail", "degrade", "retry") or (behaviour == "queue" and draw(st.booleans())):
            to = None
        plan = (
            None
            if behaviour is None or (to is None and behaviour in ("fallback", "escalate"))
            else FailureBehaviour(behaviour=behaviour, to=to, user_sees="a message")
        )
        common = dict(
            id=id,
            name=draw(name),
            zone=draw(st.sampled_from(zones)).id,
            capacity_rps=draw(st.none() | halves),
            latency_ms=draw(st.none() | halves),
            on_failure=plan,
        )
        if store:
            stores.append(
                Store(
                    **common,
                    kind=draw(st.sampled_from(["vector", "relational", "log", "checkpoint"])),
                    holds=draw(some_data),
                    owner=draw(st.sampled_from([None, "Support"])),
                    retention_days=draw(st.sampled_from([None, 30])),
                    source_of_truth=draw(st.booleans()),
                )
            )
        else:
            kinds = ["user", "service", "agent", "model", "queue", "job", "external", "human"]
            components.append(Component(**common, kind=draw(st.sampled_from(kinds))))
    pairs = [(s, t) for i, s in enumerate(ids) for j, t in enumerate(ids) if i < j or (circles and i != j)]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=12)) if pairs else []
    interfaces = [
        Interface(
            source=source,
            target=target,
            protocol=draw(name),
            carries=draw(some_data),
            calls_per_request=draw(st.sampled_from([0.25, 0.5, 1.0, 2.0])),
            mode=draw(st.sampled_from(["sync", "sync", "async"])),
            parallel_group=draw(st.sampled_from([None, "a", "b"])),
            optional=draw(st.booleans()) and draw(st.booleans()),
            timeout_ms=draw(st.none() | st.integers(1, 20)),
        )
        for source, target in chosen
    ]
    states = [
        State(
            name=f"state {i}",
            scope=draw(st.sampled_from(["request", "session", "conversation", "user", "shared"])),
            kept_in=draw(st.sampled_from(ids)),
            owner=draw(st.sampled_from(components)).id,
            holds=draw(some_data),
        )
        for i in range(draw(st.integers(0, 2)))
    ]
    return Blueprint(
        name=draw(name),
        purpose=draw(name),
        zones=zones,
        data_classes=data_classes,
        components=components,
        stores=stores,
        interfaces=interfaces,
        states=states,
        entry=components[0].id,
    )


@pytest.fixture(scope="session")
def blueprints() -> Callable[..., st.SearchStrategy[Blueprint]]:
    """Strategy of random blueprints: `blueprints(circles=False, largest=6, any_names=False)`."""
    return _blueprints


@pytest.fixture(scope="session")
def trailmate() -> Blueprint:
    """A support assistant with a vendor's model, two regions, personal data and declared failures."""
    return Blueprint(
        name="Trailmate",
        purpose="Answers Larkspur's customers from its knowledge base and looks up their orders.",
        zones=[
            TrustZone(id="outside", name="Customers", operator="public", region="global"),
            TrustZone(id="larkspur", name="Larkspur, EU", operator="own", region="eu"),
            TrustZone(id="model_vendor", name="Model vendor", operator="vendor", region="us"),
        ],
        data_classes=[
            DataClass(name="question", sensitivity="personal", home_region="eu"),
            DataClass(name="articles", sensitivity="public"),
            DataClass(name="orders", sensitivity="personal", home_region="eu"),
            DataClass(name="conversations", sensitivity="personal", home_region="eu"),
        ],
        components=[
            Component(id="customer", name="Customer", kind="user", zone="outside"),
            Component(id="web_chat", name="Web chat", kind="client", zone="outside", latency_ms=20),
            Component(
                id="gateway", name="API gateway", kind="gateway", zone="larkspur", capacity_rps=400, latency_ms=5
            ),
            Component(
                id="triage",
                name="Triage service",
                kind="service",
                zone="larkspur",
                capacity_rps=60,
                replicas=3,
                latency_ms=40,
            ),
            Component(
                id="retriever",
                name="Retriever",
                kind="retriever",
                zone="larkspur",
                capacity_rps=80,
                latency_ms=15,
                on_failure=FailureBehaviour(
                    behaviour="escalate", to="support_team", user_sees="A colleague will answer within the hour."
                ),
            ),
            Component(id="embedder", name="Embedder", kind="embedder", zone="larkspur", capacity_rps=50, latency_ms=12),
            Component(
                id="model",
                name="Chat model",
                kind="model",
                zone="model_vendor",
                capacity_rps=25,
                latency_ms=900,
                latency_p95_ms=2600,
                on_failure=FailureBehaviour(
                    behaviour="fallback", to="small_model", user_sees="Shorter answers, marked as such."
                ),
            ),
            Component(
                id="small_model",
                name="Small model",
                kind="model",
                zone="larkspur",
                capacity_rps=10,
                latency_ms=1500,
            ),
            Component(id="support_team", name="Support team", kind="human", zone="larkspur"),
            Component(id="indexer", name="Nightly indexer", kind="job", zone="larkspur"),
        ],
        stores=[
            Store(
                id="index",
                name="Article index",
                kind="vector",
                zone="larkspur",
                holds=["articles"],
                owner="Support content",
                size_gb=0.2,
                capacity_rps=300,
                latency_ms=8,
            ),
            Store(
                id="articles_store",
                name="Knowledge base",
                kind="document",
                zone="larkspur",
                holds=["articles"],
                owner="Support content",
                source_of_truth=True,
            ),
            Store(
                id="orders_db",
                name="Orders",
                kind="relational",
                zone="larkspur",
                holds=["orders"],
                owner="Commerce",
                retention_days=3650,
                source_of_truth=True,
                capacity_rps=120,
                latency_ms=10,
            ),
            Store(
                id="conversations_store",
                name="Conversations",
                kind="key_value",
                zone="larkspur",
                holds=["conversations"],
                retention_days=90,
                source_of_truth=True,
                capacity_rps=200,
                latency_ms=4,
            ),
            Store(
                id="log",
                name="Request log",
                kind="log",
                zone="larkspur",
                holds=["question"],
                owner="Platform",
                retention_days=30,
            ),
        ],
        interfaces=[
            Interface(source="customer", target="web_chat", protocol="https", carries=["question"]),
            Interface(
                source="web_chat", target="gateway", protocol="websocket", carries=["question"], timeout_ms=10000
            ),
            Interface(source="gateway", target="triage", protocol="https", carries=["question"]),
            Interface(source="gateway", target="log", protocol="queue", carries=["question"], mode="async"),
            Interface(
                source="triage",
                target="conversations_store",
                protocol="sdk",
                carries=["conversations"],
                calls_per_request=2,
            ),
            Interface(
                source="triage",
                target="retriever",
                protocol="grpc",
                carries=["question", "articles"],
                parallel_group="look up",
            ),
            Interface(
                source="triage",
                target="orders_db",
                protocol="sql",
                carries=["orders"],
                calls_per_request=0.3,
                parallel_group="look up",
                optional=True,
            ),
            Interface(
                source="triage",
                target="model",
                protocol="https",
                carries=["question", "orders", "articles"],
                calls_per_request=1.2,
                timeout_ms=8000,
            ),
            Interface(source="retriever", target="embedder", protocol="grpc", carries=["question"]),
            Interface(source="retriever", target="index", protocol="sdk", carries=["articles"]),
            Interface(source="indexer", target="articles_store", protocol="file", carries=["articles"]),
            Interface(source="indexer", target="embedder", protocol="grpc", carries=["articles"]),
            Interface(source="indexer", target="index", protocol="sdk", carries=["articles"]),
        ],
        states=[
            State(
                name="conversation",
                scope="conversation",
                kept_in="conversations_store",
                owner="triage",
                holds=["conversations"],
                retention_days=90,
            )
        ],
        entry="customer",
    )
