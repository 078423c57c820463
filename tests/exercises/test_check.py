"""`check` in a student's notebook: what it says, and that student code cannot upset it."""

import random
import re
import sys
from itertools import count

import numpy as np
import pytest
import torch
from IPython.core.interactiveshell import InteractiveShell
from torch import Tensor, nn
from torch.utils.data import DataLoader

from coursekit.exercises import Case
from coursekit.exercises.answer import _restored_state, answer
from coursekit.exercises.check import CheckError, check, examine


def target_scores(model, x, target):
    return model(x).gather(1, target[:, None])[:, 0]


def gradient(model, x, target):
    x = x.detach().requires_grad_()
    return torch.autograd.grad(target_scores(model, x, target).sum(), x)[0]


def said(function, name: str = "gradient_saliency") -> str:
    with pytest.raises(CheckError) as caught:
        check(function, name)
    return str(caught.value)


def test_a_right_answer_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert check(target_scores) is None
    assert capsys.readouterr().out == "✓ target_scores: right on 4 of 4 cases (1 point)\n"


def test_a_known_mistake_is_named_with_advice() -> None:
    *lines, difference = said(lambda model, x, target: gradient(model, x, target).abs().mean(1)).splitlines()
    assert lines == [
        "✗ gradient_saliency: right on 0 of 4 cases (0 of 2 points)",
        "  It looks like the mean over the channels instead of the maximum.",
        "  Take the largest absolute value over the channels: .abs().amax(1).",
    ]
    assert re.fullmatch(r"  On one image: it is off by up to \d+% of the largest value", difference)


def test_a_stub_is_not_written_yet() -> None:
    def gradient_saliency(model, x, target):
        raise NotImplementedError

    assert said(gradient_saliency) == "✗ gradient_saliency: not written yet (2 points)"


def test_an_exception_is_shown_with_the_students_line() -> None:
    def helper(model, x):
        return model(x.flatten(1))

    text = said(lambda model, x, target: helper(model, x))
    assert "On one image: it raised RuntimeError: " in text
    assert text.endswith("return model(x.flatten(1))")


def test_not_implemented_deep_inside_is_an_error_like_others() -> None:
    def gradient_saliency(model, x, target):
        return torch.nn.Module().forward(x)

    text = said(gradient_saliency)
    assert "it raised NotImplementedError" in text
    assert "not written yet" not in text


def test_wrong_parameters_are_told_what_they_should_be() -> None:
    text = said(lambda model: model)
    assert "it raised TypeError" in text
    assert text.endswith("it is called with (model, x, target), in this order")


def test_the_exercise_is_found_by_the_functions_name() -> None:
    with pytest.raises(ValueError, match="did you mean"):
        check(gradient)
    with pytest.raises(TypeError, match="do not call it"):
        check(torch.zeros(3))


def _leaves(how) -> str:
    """What is said of a right answer that leaves something behind."""

    def function(model, x, target):
        scores = target_scores(model, x, target).detach()
        how(model, x)
        return scores

    text = said(function, "target_scores")
    assert text.startswith("✗ target_scores: right on 4 of 4 cases (0.75 of 1 point)")
    assert len(text.splitlines()) == 2, text
    return text


@pytest.mark.parametrize(
    ("how", "words"),
    [
        (lambda model, x: x.mul_(2), "it changed a tensor"),
        (lambda model, x: x.requires_grad_(), "requires_grad on a tensor"),
        (lambda model, x: model.head.weight.data.zero_(), "it changed the net's weights"),
        (lambda model, x: setattr(model, "relu1", torch.nn.ReLU().eval()), "it exchanged layers"),
        (lambda model, x: model.train(), "another mode"),
        (lambda model, x: model.relu1.register_forward_hook(lambda *_: None), "it left hooks"),
        (lambda model, x: model.relu1.register_forward_pre_hook(lambda *_: None), "it left hooks"),
        (lambda model, x: model.relu1.register_full_backward_hook(lambda *_: None), "it left hooks"),
        (lambda model, x: model.relu1.register_full_backward_pre_hook(lambda *_: None), "it left hooks"),
        (lambda model, x: model.requires_grad_(), "requires_grad on the weights"),
    ],
)
def test_what_a_function_leaves_behind_is_noticed(how, words: str) -> None:
    assert words in _leaves(how)


DRAWS = (lambda: torch.rand(1).item(), np.random.rand, random.random)


@pytest.mark.parametrize("draw", DRAWS)
def test_random_numbers_that_matter_are_noticed(draw) -> None:
    with _restored_state():
        drawn = draw()

    def target_scores(model, x, target):
        return model(x)[torch.arange(len(x)), target] + (draw() != drawn)

    with _restored_state(), pytest.raises(CheckError, match="random numbers"):
        check(target_scores)


def fills_a_layer(scores: Tensor) -> Tensor:
    layer = nn.Linear(scores.shape[1], scores.shape[1], bias=False)
    layer.weight.data = torch.eye(scores.shape[1])
    return layer(scores)


@pytest.mark.parametrize(
    "how",
    [
        *(lambda scores, draw=draw: (draw(), scores)[1] for draw in DRAWS),
        lambda scores: torch.manual_seed(0) and scores,
        lambda scores: next(iter(DataLoader(scores, batch_size=len(scores)))),
        lambda scores: torch.pca_lowrank(scores, q=1) and scores,
        fills_a_layer,
    ],
)
def test_random_numbers_that_do_not_matter_are_none_of_its_business(how) -> None:
    def target_scores(model, x, target):
        return how(model(x))[torch.arange(len(x)), target]

    check(target_scores)


def test_a_function_that_fails_on_other_random_numbers_needs_those_it_had() -> None:
    def target_scores(model, x, target):
        torch.rand(1)
        if next(calls) % 2:
            raise ValueError("these numbers are no good")
        return model(x)[torch.arange(len(x)), target]

    calls = count()
    with pytest.raises(CheckError, match=r"right on 4 of 4 cases.*\n.*random numbers"):
        check(target_scores)


def test_one_case_cannot_spoil_the_next_nor_the_caller() -> None:
    states = torch.get_rng_state(), np.random.get_state()[1], random.getstate()  # noqa: NPY002
    threads = torch.get_num_threads()

    def target_scores(model, x, target):
        torch.manual_seed(1), np.random.seed(1), random.seed(1)  # noqa: NPY002
        torch.set_default_dtype(torch.float64)
        torch.set_grad_enabled(False)
        model.head.weight.data.zero_()
        x.zero_()
        return x

    assert len(examine(target_scores).case_verdicts) == 4
    assert torch.get_default_dtype() == torch.float32
    assert torch.is_grad_enabled()
    assert torch.get_num_threads() == threads
    assert torch.equal(torch.get_rng_state(), states[0])
    assert np.array_equal(np.random.get_state()[1], states[1])  # noqa: NPY002
    assert random.getstate() == states[2]


def _settings() -> tuple[object, ...]:
    return (
        torch.get_default_device(),
        torch.get_num_threads(),
        torch.are_deterministic_algorithms_enabled(),
        torch.is_deterministic_algorithms_warn_only_enabled(),
        torch.is_anomaly_enabled(),
        torch.is_anomaly_check_nan_enabled(),
    )


@pytest.mark.parametrize(
    "change",
    [
        lambda: torch.set_default_device("meta"),
        lambda: torch.set_num_threads(torch.get_num_threads() + 1),
        lambda: torch.use_deterministic_algorithms(True),
        lambda: torch.use_deterministic_algorithms(True, warn_only=True),
        lambda: torch.autograd.set_detect_anomaly(True),
        lambda: torch.autograd.set_detect_anomaly(False, check_nan=False),
    ],
)
def test_settings_come_back(change) -> None:
    before = _settings()
    case = Case("one number", {"x": torch.ones(1)})
    try:
        assert answer(lambda x: change(), case).error is None
        assert _settings() == before
    finally:  # whatever came of it, the other tests get the usual settings
        torch.set_default_device(None)
        torch.set_num_threads(before[1])
        torch.use_deterministic_algorithms(False)
        torch.autograd.set_detect_anomaly(False)


def test_exit_is_an_error_like_others() -> None:
    def gradient_saliency(model, x, target):
        sys.exit()

    text = said(gradient_saliency)
    assert "On one image: it called exit(), which would end the notebook" in text
    assert text.endswith("sys.exit()")


def test_an_interrupt_stops_the_check() -> None:
    def gradient_saliency(model, x, target):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check(gradient_saliency)


def test_a_check_inside_no_grad_works() -> None:
    with torch.no_grad():
        check(lambda model, x, target: gradient(model, x, target).abs().amax(1), "gradient_saliency")


def test_a_notebook_shows_the_message_without_a_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    shell = InteractiveShell()
    shell.run_cell(
        "from coursekit.exercises.check import check\ncheck(lambda model, x, target: x, 'target_scores')"
    )
    out = capsys.readouterr().out
    assert out.startswith("✗ target_scores: right on 0 of 4 cases (0 of 1 point)\n")
    assert "Traceback" not in out
