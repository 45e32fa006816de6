"""What a learner reads after a prediction."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archkit.predictions import compare


@pytest.mark.parametrize(
    ("prediction", "measured", "said"),
    [
        (0.6, 0.84, "You predicted 0.60. Measured: 0.84. Your prediction was 0.24 too low."),
        (0.9, 0.84, "Your prediction was close."),
        (10, 4, "You predicted 10. Measured: 4. Your prediction was 6 too high."),
        (..., 0.84, "Measured: 0.84. You made no prediction."),
        ("many", 0.84, "Your prediction is 'many'; expected a number."),
        (True, 0.84, "expected a number"),
        (float("nan"), 0.84, "expected a number"),
        (True, False, "You predicted yes. Measured: no."),
        (False, False, "and that is what was measured"),
        (1, True, "expected True or False"),
        ("BM25", "bm25", "and that is what was measured"),
        (3, "bm25", "expected a word in quotation marks"),
    ],
)
def test_a_prediction_is_put_beside_what_was_measured(
    capsys: pytest.CaptureFixture[str], prediction: object, measured: float | str, said: str
) -> None:
    compare(prediction, measured)
    assert said in capsys.readouterr().out


@settings(deadline=None)
@given(prediction=st.one_of(st.none(), st.integers(), st.floats(), st.text(), st.lists(st.integers()), st.just(...)))
def test_no_prediction_raises(prediction: object) -> None:
    compare(prediction, 0.5)
    compare(prediction, "word")
    compare(prediction, True)
