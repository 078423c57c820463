"""Exercise: the αβ-rule, which keeps what speaks for an output apart from what speaks against it."""

import torch
from torch import Tensor

from coursekit.exercises.draws import Draws
from coursekit.exercises.exercise import Case, Exercise, Value, mistake
from coursekit.exercises.lrp.cases import ANSWERS, LAYERS, contributions, draw_layer, spread, stabilise

__all__ = ["ALPHA_BETA_RULE"]

_TINY = 1e-9


def _shares(parts: Tensor, bias: Tensor, relevance: Tensor) -> Tensor:
    """Relevance (N, K) in proportion to parts of one sign (N, K, J), beside that sign's part of the bias."""
    return spread(parts, stabilise(parts.sum(2) + bias, _TINY), relevance)


def _both(
    parts: Tensor, bias: Tensor, relevance: Tensor, alpha: float, beta: float, *, whole: bool = False
) -> Tensor:
    up, down = (bias, bias) if whole else (bias.clamp(min=0), bias.clamp(max=0))
    positive, negative = parts.clamp(min=0), parts.clamp(max=0)
    return alpha * _shares(positive, up, relevance) - beta * _shares(negative, down, relevance)


def _reference(
    activation: Tensor, weight: Tensor, bias: Tensor, relevance: Tensor, alpha: float, beta: float
) -> Tensor:
    return _both(contributions(activation, weight), bias, relevance, alpha, beta)


@mistake(
    "the signs of the weights instead of those of the contributions",
    "A negative weight on a negative input speaks for the output: split a_j · w_jk, not w_jk.",
)
def _of_weights(
    activation: Tensor, weight: Tensor, bias: Tensor, relevance: Tensor, alpha: float, beta: float
) -> Tensor:
    positive = contributions(activation, weight.clamp(min=0))
    negative = contributions(activation, weight.clamp(max=0))
    up = _shares(positive, bias.clamp(min=0), relevance)
    return alpha * up - beta * _shares(negative, bias.clamp(max=0), relevance)


@mistake(
    "the bias's relevance shared among the inputs",
    "The bias belongs to no input: it stands in the denominators alone.",
)
def _bias_shared(
    activation: Tensor, weight: Tensor, bias: Tensor, relevance: Tensor, alpha: float, beta: float
) -> Tensor:
    parts = contributions(activation, weight)
    shared = bias[:, None] / weight.shape[1]
    positive = parts.clamp(min=0) + shared.clamp(min=0)
    negative = parts.clamp(max=0) + shared.clamp(max=0)
    none = torch.zeros_like(bias)
    return alpha * _shares(positive, none, relevance) - beta * _shares(negative, none, relevance)


@mistake(
    "both parts divided by the whole z",
    "The positive contributions are divided by their own sum, the negative ones by theirs.",
)
def _one_denominator(
    activation: Tensor, weight: Tensor, bias: Tensor, relevance: Tensor, alpha: float, beta: float
) -> Tensor:
    parts = contributions(activation, weight)
    weighted = alpha * parts.clamp(min=0) - beta * parts.clamp(max=0)
    return spread(weighted, stabilise(parts.sum(2) + bias, _TINY), relevance)


@mistake(
    "each input's contributions divided by their sum over the outputs",
    "Each output has its own two denominators: sum over its inputs.",
)
def _wrong_axis(
    activation: Tensor, weight: Tensor, bias: Tensor, relevance: Tensor, alpha: float, beta: float
) -> Tensor:
    parts = contributions(activation, weight)
    positive, negative = parts.clamp(min=0), parts.clamp(max=0)
    shares = [part / stabilise(part.sum(1, keepdim=True), _TINY) for part in (positive, negative)]
    return ((alpha * shares[0] - beta * shares[1]) * relevance[:, :, None]).sum(1)


_POSITIVE_ALONE = "a layer with α = 1, β = 0"


def _cases(draws: Draws) -> list[Case]:
    cases = []
    for name, (n, width) in (LAYERS | {_POSITIVE_ALONE: (2, 6)}).items():
        generator = draws(name)
        arguments = draw_layer(n, width, generator)
        more = 0.0 if name == _POSITIVE_ALONE else 0.5 + 1.5 * float(torch.rand((), generator=generator))
        cases.append(Case(name, arguments | {"alpha": 1 + more, "beta": more}))
    last = "an output that nothing speaks against"
    return [*cases, Case(last, _all_for(draws(last)))]


def _all_for(generator: torch.Generator) -> dict[str, Value]:
    """A layer whose first output gets no negative contribution, of which a share would be 0/0."""
    activation = torch.randn(2, 4, generator=generator).abs()
    weight, bias = torch.randn(3, 4, generator=generator), torch.randn(3, generator=generator)
    weight[0], bias[0] = weight[0].abs(), bias[0].abs()
    relevance = torch.randn(2, 3, generator=generator)
    return {
        "activation": activation,
        "weight": weight,
        "bias": bias,
        "relevance": relevance,
        "alpha": 2.0,
        "beta": 1.0,
    }


ALPHA_BETA_RULE = Exercise(
    name="alpha_beta_rule",
    points=3,
    minutes=15,
    reference=_reference,
    draw=_cases,
    mistakes=(
        mistake(
            "the negative share added instead of subtracted",
            "Negative contributions divided by their negative sum are positive shares: subtract β times "
            "them, or α − β = 1 no longer makes the relevance add up.",
        )(lambda a, w, b, r, alpha, beta: _reference(a, w, b, r, alpha, -beta)),
        mistake("α and β exchanged", "α belongs to the positive contributions, β to the negative ones.")(
            lambda a, w, b, r, alpha, beta: _reference(a, w, b, r, beta, alpha)
        ),
        mistake("the positive share alone", "Subtract β times the negative share.")(
            lambda a, w, b, r, alpha, beta: _reference(a, w, b, r, alpha, 0.0)
        ),
        _of_weights,
        mistake(
            "negative inputs put to zero",
            "Inputs may have either sign: split the products a_j · w_jk, and leave the inputs as they are.",
        )(lambda a, w, b, r, alpha, beta: _reference(a.clamp(min=0), w, b, r, alpha, beta)),
        mistake(
            "denominators without the bias",
            "A positive bias belongs to the positive sum, a negative one to the negative sum.",
        )(lambda a, w, b, r, alpha, beta: _reference(a, w, torch.zeros_like(b), r, alpha, beta)),
        _bias_shared,
        mistake(
            "the whole bias in both denominators",
            "Split the bias too: clamp(min=0) of it for the positive sum, clamp(max=0) for the negative one.",
        )(lambda a, w, b, r, alpha, beta: _both(contributions(a, w), b, r, alpha, beta, whole=True)),
        _one_denominator,
        _wrong_axis,
    ),
    hidden=ANSWERS,
)
