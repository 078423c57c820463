"""Judging answers from outside: which count, what they earn, and what is said of them."""

import re

import numpy as np
import pytest
import torch

from coursekit.exercises import Case, Exercise, Mistake, Property
from coursekit.exercises.answer import Answer
from coursekit.exercises.draws import Draws
from coursekit.exercises.judge import Verdict, judge

RIGHT = [torch.tensor([2.0, 4.0]), torch.tensor([6.0, 8.0, 10.0])]


def _cases(draws: Draws | None = None) -> list[Case]:
    return [
        Case("two numbers", {"x": torch.tensor([1.0, 2.0])}),
        Case("three", {"x": torch.tensor([3.0, 4, 5])}),
    ]


DOUBLE = Exercise(
    name="double",
    points=4,
    minutes=1,
    reference=lambda x: 2 * x,
    draw=_cases,
    mistakes=(
        Mistake("the square", torch.square, "Multiply by 2."),
        Mistake("the sum", torch.sum, "Do not sum."),
        Mistake("the maximum, doubled", lambda x: 2 * x.max().expand_as(x), "Keep each."),
    ),
    properties=(
        Property(lambda value, arguments: value.sum() == 2 * arguments["x"].sum(), "The sum is off."),
    ),
)


def verdict(*values: object, **more: object) -> Verdict:
    return judge(DOUBLE, _cases(), [Answer(value, **more) for value in values])


def reason(value: object) -> str:
    """What is said of the first of two answers, the other being right."""
    (said, *_) = verdict(value, RIGHT[1]).case_verdicts[0].reasons
    return said


def test_right_answers_earn_all() -> None:
    assert verdict(*RIGHT).passed
    assert verdict(*RIGHT).earned == 4


def test_each_case_is_worth_the_same() -> None:
    assert verdict(RIGHT[0], torch.zeros(3)).earned == 2
    assert not verdict(RIGHT[0], torch.zeros(3)).passed


def test_a_little_rounding_is_right_and_more_is_wrong() -> None:
    assert verdict(RIGHT[0] + 1e-3, RIGHT[1]).passed
    assert not verdict(RIGHT[0] + 1e-2, RIGHT[1]).passed


def test_other_precision_and_a_graph_are_right() -> None:
    assert verdict(RIGHT[0].double(), RIGHT[1].clone().requires_grad_()).passed


def test_a_property_explains_and_earns_nothing() -> None:
    turned = verdict(RIGHT[0].flip(0), RIGHT[1])
    assert turned.earned == 4 / 2
    assert not any("The sum is off." in reason for reason in turned.case_verdicts[0].reasons)
    assert "The sum is off." in verdict(RIGHT[0] + 1, RIGHT[1]).case_verdicts[0].reasons


def test_what_is_left_behind_costs_a_quarter() -> None:
    untidy = verdict(*RIGHT, side_effects=("net-hooks", "no such effect"))
    assert untidy.earned == 3
    assert not untidy.passed
    assert len(untidy.case_verdicts[0].reasons) == 1
    assert "hooks" in untidy.case_verdicts[0].reasons[0]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "it returned None: is the return missing?"),
        (np.ones(2), r"it returned ndarray; wanted a torch.Tensor of shape (2,)"),
        ((RIGHT[0],), "it returned tuple; wanted a torch.Tensor of shape (2,)"),
        (torch.ones(2, 1), "it returned shape (2, 1); wanted (2,)"),
        (torch.ones([1] * 1000), "it returned shape of 1000 dimensions; wanted (2,)"),
        (torch.ones(2).long(), "it returned numbers of type torch.int64; wanted torch.float32"),
        (
            torch.ones(2, dtype=torch.complex64),
            "it returned numbers of type torch.complex64; wanted torch.float32",
        ),
        (torch.tensor([2.0, torch.nan]), "it returned NaN or infinite values"),
        (torch.tensor([2.0, torch.inf]), "it returned NaN or infinite values"),
        (torch.zeros(2), "all values are 0"),
        (-RIGHT[0], "it is the right result times -1"),
        (RIGHT[0] / 3, "it is the right result times 0.333"),
        (
            torch.tensor([2.0, 5.0]),
            "it is right for some of the batch, but not for 1 (counted from 0)",
        ),
        (torch.tensor([4.0, 2.0]), "it is off by up to 50% of the largest value"),
    ],
)
def test_what_is_said_of_a_wrong_value(value: object, words: str) -> None:
    assert reason(value) == words
    assert verdict(value, RIGHT[1]).earned < 4


class Zeros(torch.Tensor):
    """Answers every question with zeros, so that no difference from it is ever found."""

    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        return torch.zeros(2)


def _with_a_method_of_its_own() -> torch.Tensor:
    value = torch.zeros(2)
    value.detach = lambda: RIGHT[0]
    value.isfinite = lambda: torch.tensor(True)
    return value


def test_a_value_cannot_answer_for_itself() -> None:
    assert (
        reason(torch.ones(2).as_subclass(Zeros)) == "it returned Zeros; wanted a torch.Tensor of shape (2,)"
    )
    assert reason(_with_a_method_of_its_own()) == "all values are 0"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: RIGHT[0].to_sparse(), "it returned a sparse, nested or empty (meta) tensor"),
        (lambda: RIGHT[0].to("meta"), "it returned a sparse, nested or empty (meta) tensor"),
        (
            lambda: torch.nested.nested_tensor([RIGHT[0]]),
            "it returned a sparse, nested or empty (meta) tensor",
        ),
        (
            lambda: torch.quantize_per_tensor(RIGHT[0], 0.1, 0, torch.quint8),
            "torch.quint8; wanted torch.float32",
        ),
        (lambda: RIGHT[0].to(torch.float8_e4m3fn), "torch.float8_e4m3fn; wanted torch.float32"),
        (lambda: RIGHT[0].double() * 1e300, "it returned NaN or infinite values"),
        (lambda: torch.ones((), dtype=torch.float64).expand(2**50), "it returned shape (1125899906842624,)"),
    ],
)
def test_tensors_that_cannot_be_compared_are_said_to_be_so(make, words: str) -> None:
    assert words in reason(make())


def test_a_parameter_is_a_tensor() -> None:
    assert verdict(torch.nn.Parameter(RIGHT[0]), RIGHT[1]).passed


@pytest.mark.parametrize(
    ("x", "value", "words"),
    [
        ([1.0], [-9.0], "it is off by up to 550% of the largest value"),
        ([0.0, 0.0], [0.5, 3.0], "it is off by up to 3"),
        ([1.0, 2.0], [3e38, -3e38], "it is off by up to "),
        ([-1e38, 1e38], [3e38, 3e38], "its values are far too large"),
    ],
)
def test_how_wrong_is_said_where_a_ratio_says_nothing(x: list[float], value: list[float], words: str) -> None:
    case = Case("these", {"x": torch.tensor(x)})
    ((said, *_),) = [r.reasons for r in judge(DOUBLE, [case], [Answer(torch.tensor(value))]).case_verdicts]
    assert said.startswith(words)
    assert not {"inf", "nan"} & set(re.findall("[a-z]+", said))


def test_an_error_is_said_and_earns_nothing() -> None:
    broken = judge(DOUBLE, _cases(), [Answer(error="it raised"), Answer(RIGHT[1])])
    assert broken.case_verdicts[0].reasons == ("it raised",)
    assert broken.earned == 2


def test_a_mistake_is_named_where_it_explains_every_value() -> None:
    squares = [torch.tensor([1.0, 4.0]), torch.tensor([9.0, 16, 25])]
    assert verdict(*squares).mistake is DOUBLE.mistakes[0]
    assert verdict(squares[0], RIGHT[1]).mistake is None
    assert verdict(*RIGHT).mistake is None


def test_a_mistake_may_have_another_shape() -> None:
    assert verdict(torch.tensor(3.0), torch.tensor(12.0)).mistake is DOUBLE.mistakes[1]


def test_a_mistake_is_named_where_the_function_raised_on_other_cases() -> None:
    answers = [Answer(error="it raised"), Answer(torch.tensor([9.0, 16, 25]))]
    assert judge(DOUBLE, _cases(), answers).mistake is DOUBLE.mistakes[0]


def test_the_stub_is_told_from_wrong_answers() -> None:
    stub = Answer(error="not written", written=False)
    assert not judge(DOUBLE, _cases(), [stub, stub]).written
    assert judge(DOUBLE, _cases(), [stub, Answer(RIGHT[1])]).written


def test_there_must_be_an_answer_for_each_case() -> None:
    with pytest.raises(ValueError, match="got 1 for 2"):
        judge(DOUBLE, _cases(), [Answer(RIGHT[0])])
    with pytest.raises(ValueError, match="got 0 for 0"):
        judge(DOUBLE, [], [])
