"""Steps of a pipeline are done again when their input or their program has changed, and only then."""

from pathlib import Path
from typing import Any

import numpy as np

from archkit.step_cache import StepCache


def doubled(number: int) -> int:
    return 2 * number


def tripled(number: int) -> int:
    return 3 * number


def test_the_same_step_with_the_same_input_is_done_once(tmp_path: Path) -> None:
    cache = StepCache(tmp_path)
    assert [cache.run(doubled, 4), cache.run(doubled, 4)] == [8, 8]
    assert cache.ran == ["doubled"]


def test_another_input_or_another_program_is_done_anew(tmp_path: Path) -> None:
    cache = StepCache(tmp_path)
    assert [cache.run(doubled, 4), cache.run(doubled, 5), cache.run(tripled, 4)] == [8, 10, 12]
    assert cache.ran == ["doubled", "doubled", "tripled"]


def powers(number: int) -> Any:
    return np.asfortranarray(np.arange(6.0).reshape(2, 3)[:, ::2] ** number)


def total(some: Any) -> float:
    return float(some.sum())


def test_a_step_that_takes_another_s_arrays_is_kept_too(tmp_path: Path) -> None:
    first, second = StepCache(tmp_path), StepCache(tmp_path)
    for cache in (first, second):
        assert cache.run(total, cache.run(powers, 1)) == 10
    assert (first.ran, second.ran) == (["powers", "total"], [])


def test_results_outlive_the_cache_s_process(tmp_path: Path) -> None:
    StepCache(tmp_path).run(doubled, 4)
    later = StepCache(tmp_path)
    assert later.run(doubled, 4, name="again") == 8
    assert later.ran == []
