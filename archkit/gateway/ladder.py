"""Trailmate's ladder of graceful degradation as a drawing: who answers when somebody cannot, and what is seen of it."""

from __future__ import annotations

from archkit.blueprint import Blueprint, Component, FailureBehaviour, Interface, Node, Store, TrustZone

__all__ = ["HANDOVER", "NOTICES", "rungs", "trailmate_ladder"]

HANDOVER = "I cannot answer just now. A colleague will write to you today."
"""What a customer reads on the last rung."""

NOTICES = {"large": "", "small": "Quick answer: ", "kept": "From our help pages: "}
"""What each of Trailmate's rungs puts before its answer."""


def trailmate_ladder() -> Blueprint:
    """Return the drawing: a large model, a small one of another vendor, answers kept from earlier, a colleague."""

    def falls_back(to: str) -> FailureBehaviour:
        return FailureBehaviour(behaviour="fallback", to=to, user_sees=f"an answer that begins “{NOTICES[to].strip()}”")

    components = (
        Component(id="customer", name="Customer", kind="user", zone="web"),
        Component(
            id="gateway",
            name="Model gateway",
            kind="gateway",
            zone="own",
            replicas=2,
            on_failure=FailureBehaviour(behaviour="fail", user_sees="an error page"),
        ),
        Component(id="large", name="Large model", kind="model", zone="vendor_a", on_failure=falls_back("small")),
        Component(id="small", name="Small model", kind="model", zone="vendor_b", on_failure=falls_back("kept")),
        Component(id="colleague", name="A colleague", kind="human", zone="own"),
    )
    handed_over = FailureBehaviour(behaviour="escalate", to="colleague", user_sees=f"“{HANDOVER}”")
    kept = Store(id="kept", name="Kept answers", kind="cache", zone="own", owner="Support", on_failure=handed_over)
    called = {"large": 1.0, "small": 0.1, "kept": 0.02, "colleague": 0.01}
    return Blueprint(
        name="Trailmate's ladder",
        purpose="To give every customer an answer in time, the best that can be had at that moment.",
        zones=(
            TrustZone(id="web", name="The web", operator="public", region="global"),
            TrustZone(id="own", name="Larkspur", operator="own", region="eu"),
            TrustZone(id="vendor_a", name="Vendor A", operator="vendor", region="eu"),
            TrustZone(id="vendor_b", name="Vendor B", operator="vendor", region="eu"),
        ),
        components=components,
        stores=(kept,),
        entry="customer",
        interfaces=(
            Interface(source="customer", target="gateway", protocol="https", timeout_ms=10_000),
            *(
                Interface(
                    source="gateway", target=to, protocol="https", calls_per_request=calls, optional=to == "colleague"
                )
                for to, calls in called.items()
            ),
        ),
    )


def rungs(blueprint: Blueprint, first: str) -> list[Node]:
    """Return who answers in place of whom: the first, and then always who is named in `on_failure`.

    Args:
        blueprint: the drawing.
        first: the id of the best rung.

    Raises:
        archkit.typed_data.InvalidData: if there is no such node.
        ValueError: if the ladder leads back to one of its rungs.
    """
    ladder = [blueprint.node(first)]
    while (plan := ladder[-1].on_failure) is not None and plan.to is not None:
        below = blueprint.node(plan.to)
        if below in ladder:
            raise ValueError(
                f"{ladder[-1].id} falls back to {below.id}, which is above it. A ladder has to end: let the last rung "
                "be one that cannot fail for the same reason."
            )
        ladder.append(below)
    return ladder
