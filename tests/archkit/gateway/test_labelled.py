from collections.abc import Sequence
from typing import Any

import pytest

from archkit.gateway import AnswerStep, Faults, Gateway, ModelStep, StandInModel, drive
from archkit.gateway.labelled import Replies, judged, replies_to, spoken
from archkit.patterns import Run, Served, WordMatchingChatModel, trailmate_requests
from archkit.retrieval import Question


@pytest.fixture(scope="module")
def asked() -> Sequence[Question]:
    return trailmate_requests()[::20]


@pytest.fixture(scope="module")
def replies(asked: Sequence[Question]) -> Replies:
    return replies_to(asked, WordMatchingChatModel())[0]


def test_what_comes_through_the_gateway_is_judged_like_the_models_own_replies(
    asked: Sequence[Question], replies: Replies
) -> None:
    with StandInModel("small", Faults(seconds=0), answer=spoken(replies)) as model:
        run = drive(Gateway(ModelStep(model.upstream(), seconds=30), deadline=30), [one.text for one in asked])
    through = judged("small", run, asked, {"small": replies})
    direct = Run("small", [Served(one, (replies[one.text],)) for one in asked])
    assert [one.outcome for one in through.served] == [one.outcome for one in direct.served]
    assert [one.text for one in run.served] == [replies[one.text].text for one in asked]
    assert [call.output_tokens for call in run.calls] == [
        usage["output_tokens"] for one in asked if (usage := replies[one.text].usage_metadata)
    ]


def test_an_answer_without_a_model_counts_as_handed_over(asked: Sequence[Question], model: Any) -> None:
    answerable = [one for one in asked if one.relevant]
    handover = AnswerStep("handover", lambda request: "A colleague will write.")
    run = drive(Gateway(ModelStep(model("fail")), handover), [one.text for one in answerable])
    assert judged("nobody", run, answerable, {}).share("handed over") == 1


def test_a_run_of_other_questions_is_refused(asked: Sequence[Question], model: Any) -> None:
    run = drive(Gateway(ModelStep(model())), ["Something else?"])
    with pytest.raises(ValueError, match="the run of these questions"):
        judged("other", run, asked, {})
