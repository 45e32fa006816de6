from pathlib import Path
from typing import Any, Literal

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pact import match
from pydantic import BaseModel, create_model

from archkit.contracts import Direction, api_changes, broken_promises, consumer_contract, schema_changes
from archkit.local_service import LocalService
from archkit.orders_service import PROPOSALS, orders_app


class Parcel(BaseModel):
    state: Literal["sent", "lost"]
    weight: float
    note: str | None = None


def breaks(old: type[BaseModel] | dict[str, Any], new: type[BaseModel] | dict[str, Any], direction: Direction) -> bool:
    before, after = (side if isinstance(side, dict) else side.model_json_schema() for side in (old, new))
    return any(change.breaks for change in schema_changes(before, after, direction))


def changed(**fields: Any) -> type[BaseModel]:
    kept = {name: (field.annotation, field) for name, field in Parcel.model_fields.items()}
    return create_model("Parcel", **{name: kind for name, kind in {**kept, **fields}.items() if kind is not None})


@pytest.mark.parametrize(
    ("what", "new", "in_response", "in_request"),
    [
        ("nothing", changed(), False, False),
        ("a field is gone", changed(weight=None), True, False),
        ("an optional field is new", changed(size=(str | None, None)), False, False),
        ("a required field is new", changed(size=(str, ...)), False, True),
        ("a required field becomes optional", changed(weight=(float, 1.0)), True, False),
        ("an optional field becomes required", changed(note=(str | None, ...)), False, True),
        ("a value is added to a list", changed(state=(Literal["sent", "lost", "held"], ...)), True, False),
        ("a value is taken from a list", changed(state=(Literal["sent"], ...)), False, True),
        ("a list of values is lifted", changed(state=(str, ...)), True, False),
        ("a number becomes an integer", changed(weight=(int, ...)), False, True),
        ("a number becomes a text", changed(weight=(str, ...)), True, True),
        ("null is no longer possible", changed(note=(str, "")), False, True),
    ],
)
def test_what_breaks_depends_on_the_direction_of_the_data(
    what: str, new: type[BaseModel], in_response: bool, in_request: bool
) -> None:
    assert breaks(Parcel, new, "response") is in_response, what
    assert breaks(Parcel, new, "request") is in_request, what


def test_changes_inside_lists_and_nested_objects_are_found_and_named() -> None:
    class Old(BaseModel):
        parcels: list[Parcel]

    new = create_model("New", parcels=(list[changed(weight=None)], ...))  # type: ignore[misc]
    found = schema_changes(Old.model_json_schema(), new.model_json_schema(), "response", where="GET /x response:")
    assert [str(change) for change in found] == ["BREAKS: GET /x response: parcels[].weight is gone"]


def test_titles_and_descriptions_are_no_changes() -> None:
    assert not schema_changes({"type": "string", "title": "A"}, {"type": "string", "description": "b"}, "response")


def test_what_the_comparison_does_not_know_counts_as_breaking() -> None:
    assert breaks({"type": "string"}, {"type": "string", "pattern": "^LO-"}, "response")


def test_a_reference_that_leads_nowhere_is_named() -> None:
    with pytest.raises(ValueError, match="#/nowhere"):
        schema_changes({"$ref": "#/nowhere"}, {}, "response")


def test_a_recursive_schema_is_refused() -> None:
    tree = {"$ref": "#/$defs/T", "$defs": {"T": {"type": "object", "properties": {"child": {"$ref": "#/$defs/T"}}}}}
    with pytest.raises(ValueError, match="Recursive"):
        schema_changes(tree, tree, "response")


TYPES = ["string", "number", "integer", "null"]


@st.composite
def objects(draw: st.DrawFn) -> dict[str, Any]:
    names = draw(st.sets(st.sampled_from("abc")))
    field = st.one_of(
        st.sampled_from(TYPES).map(lambda kind: {"type": kind}),
        st.sets(st.sampled_from(["x", "y", "z"]), min_size=1).map(lambda v: {"type": "string", "enum": sorted(v)}),
        st.just({"anyOf": [{"type": "string"}, {"type": "null"}]}),
    )
    required = draw(st.sets(st.sampled_from(sorted(names)))) if names else set()
    return {"type": "object", "properties": {name: draw(field) for name in names}, "required": sorted(required)}


@settings(deadline=None)
@given(objects(), objects(), st.dictionaries(st.sampled_from("abc"), st.sampled_from(["x", "y", "q", 1, 1.5, None])))
def test_data_that_was_valid_is_accepted_after_a_change_of_a_request_that_does_not_break(
    old: dict[str, Any], new: dict[str, Any], sent: dict[str, Any]
) -> None:
    known = set(old["properties"])  # a consumer that keeps to the contract sends only what stands in it
    if set(sent) <= known and Draft202012Validator(old).is_valid(sent) and not breaks(old, new, "request"):
        assert Draft202012Validator(new).is_valid(sent)


@settings(deadline=None)
@given(objects(), objects(), st.dictionaries(st.sampled_from("abc"), st.sampled_from(["x", "y", "q", 1, 1.5, None])))
def test_what_is_answered_after_a_safe_change_still_has_all_that_readers_were_promised(
    old: dict[str, Any], new: dict[str, Any], answered: dict[str, Any]
) -> None:
    known = set(new["properties"])
    if set(answered) <= known and Draft202012Validator(new).is_valid(answered) and not breaks(old, new, "response"):
        read = {name: value for name, value in answered.items() if name in old["properties"]}
        assert Draft202012Validator(old).is_valid(read)


def test_operations_that_go_break_and_operations_that_come_do_not() -> None:
    document = orders_app().openapi()
    less = {**document, "paths": {k: v for k, v in document["paths"].items() if k != "/orders"}}
    assert [str(change) for change in api_changes(document, less)] == ["BREAKS: GET /orders is gone"]
    assert [str(change) for change in api_changes(less, document)] == ["safe: GET /orders is new"]


@pytest.mark.parametrize(
    ("proposal", "seen"),
    [
        ("call total amount", True),
        ("drop shipping_method", True),
        ("add optional placed_at", False),
        ("drop reason changed_mind", True),
        ("require approved_by", True),
        ("give total in cents", False),
    ],
)
def test_the_comparison_of_schemas_sees_shapes_and_not_units(proposal: str, seen: bool) -> None:
    found = api_changes(orders_app().openapi(), orders_app(proposal).openapi())
    assert any(change.breaks for change in found) is seen


@pytest.fixture
def contracts(tmp_path: Path) -> Path:
    """Return a folder with what Trailmate relies on, written by a test of its client against a stand-in."""
    wish = {"order_id": "LO-103801", "amount": 20.0, "reason": "changed_mind"}
    contract = consumer_contract("Trailmate", "orders")
    order = {"id": "LO-103801", "total": match.number(264.0)}
    asked = contract.upon_receiving("a look-up").with_request("GET", "/orders/LO-103801")
    asked.will_respond_with(200).with_body(order, content_type="application/json")
    asked = contract.upon_receiving("a refund").with_request("PUT", "/refunds/RF-1")
    asked.with_body(wish, content_type="application/json").will_respond_with(200)
    with contract.serve() as stand_in, httpx.Client(base_url=str(stand_in.url), trust_env=False) as client:
        assert client.get("/orders/LO-103801").json() == {"id": "LO-103801", "total": 264.0}
        assert client.put("/refunds/RF-1", json=wish).status_code == 200
    contract.write_file(tmp_path)
    return tmp_path


def problems(contracts: Path, proposal: str | None) -> list[str]:
    with LocalService(orders_app(proposal)) as service:
        return broken_promises(contracts, "orders", service.url)


def test_a_provider_that_keeps_its_promises_breaks_none_and_prints_nothing(
    contracts: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert problems(contracts, None) == []
    assert capfd.readouterr().out == ""


def test_a_contract_speaks_only_of_what_its_consumer_reads(contracts: Path) -> None:
    broken = {name: problems(contracts, name) for name in PROPOSALS}
    assert [name for name, found in broken.items() if found] == [
        "call total amount",
        "drop reason changed_mind",
        "require approved_by",
    ]
    assert broken["call total amount"] == ["a look-up: Actual map is missing the following keys: total"]
    assert "a refund: expected 200 but was 422" in broken["require approved_by"]


def test_a_promised_value_notices_another_unit(tmp_path: Path) -> None:
    contract = consumer_contract("Trailmate", "orders")
    asked = contract.upon_receiving("a look-up").with_request("GET", "/orders/LO-103801")
    asked.will_respond_with(200).with_body({"total": 264.0}, content_type="application/json")
    contract.write_file(tmp_path)
    assert problems(tmp_path, None) == []
    (problem,) = problems(tmp_path, "give total in cents")
    assert problem.startswith("a look-up: total: ")
    assert "26400" in problem


def test_a_provider_that_cannot_be_reached_breaks_its_promises(contracts: Path) -> None:
    with LocalService(orders_app()) as service:
        pass
    assert len(broken_promises(contracts, "orders", service.url)) == 2


def test_a_proxy_does_not_come_between(contracts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert problems(contracts, None) == []


def test_a_folder_without_contracts_is_an_error_and_no_success(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="Run the consumer's test first"):
        broken_promises(tmp_path, "orders", "http://127.0.0.1:9")
