"""Exercises: a denominator that is never zero, and the ε-rule of one linear layer."""

import torch
from torch import Tensor

from coursekit.exercises.exercise import Case, Exercise, Mistake, Property
from coursekit.exercises.lrp.cases import ANSWERS, contributions, draw_eps, spread, stabilise

__all__ = ["EPSILON_RULE", "STABILISE", "linear_cases"]


def _stabilise_cases(seed: int) -> list[Case]:
    generator = torch.Generator().manual_seed(seed)
    shapes = {"a row of units": (8,), "the maps of a layer": (2, 4, 5, 5), "a batch of vectors": (3, 16)}
    cases = []
    for name, shape in shapes.items():
        z = torch.randn(shape, generator=generator)
        z.view(-1)[::5] = 0
        cases.append(Case(name, {"z": z, "eps": draw_eps(generator)}))
    return cases


STABILISE = Exercise(
    name="stabilise",
    points=1,
    minutes=5,
    reference=stabilise,
    cases=_stabilise_cases,
    mistakes=(
        Mistake(
            "ε added without a sign",
            lambda z, eps: z + eps,
            "A negative z would come nearer to 0, or land on it: subtract ε where z is negative.",
        ),
        Mistake(
            "ε with the sign of torch.sign, which is 0 at 0",
            lambda z, eps: z + eps * z.sign(),
            "A z of exactly 0 stays 0 and is divided by: count 0 as positive, with torch.where(z >= 0, …).",
        ),
        Mistake(
            "z moved towards 0 instead of away from it",
            lambda z, eps: z - eps * torch.where(z >= 0, 1, -1),
            "Exchange the two signs: add ε where z is positive, subtract it where z is negative.",
        ),
        Mistake(
            "the size of z without its sign",
            lambda z, eps: z.abs() + eps,
            "Leave the absolute value out: the denominator keeps the sign of z.",
        ),
        Mistake(
            "z changed only where it is 0",
            lambda z, eps: torch.where(z == 0, eps, z),
            "Very small values are as bad as 0: every z moves away from 0 by ε.",
        ),
        Mistake(
            "a size of at least ε, where larger ones stay as they are",
            lambda z, eps: torch.where(z >= 0, z.clamp(min=eps), z.clamp(max=-eps)),
            "Every z moves by ε, not only the small ones.",
        ),
    ),
    properties=(
        Property(
            lambda value, arguments: bool((value.abs() >= 0.99 * arguments["eps"]).all()),
            "Some values are nearer to 0 than ε.",
        ),
    ),
    hidden=ANSWERS,
)


def linear_cases(seed: int) -> list[Case]:
    """Draw square layers with inputs of both signs: weights turned round run, and can be named."""
    generator = torch.Generator().manual_seed(seed)
    cases = []
    for name, n, width in (("one input", 1, 5), ("a batch of three", 3, 4), ("a batch of two", 2, 6)):
        shapes = {
            "activation": (n, width),
            "weight": (width, width),
            "bias": (width,),
            "relevance": (n, width),
        }
        drawn = {key: torch.randn(shape, generator=generator) for key, shape in shapes.items()}
        cases.append(Case(name, drawn | {"eps": draw_eps(generator)}))
    return cases


def _epsilon(activation: Tensor, weight: Tensor, bias: Tensor, relevance: Tensor, eps: float) -> Tensor:
    z = activation @ weight.T + bias
    return spread(contributions(activation, weight), stabilise(z, eps), relevance)


def _bias_shared(activation: Tensor, weight: Tensor, bias: Tensor, relevance: Tensor, eps: float) -> Tensor:
    z = activation @ weight.T + bias
    parts = contributions(activation, weight) + bias[:, None] / weight.shape[1]
    return spread(parts, stabilise(z, eps), relevance)


def _wrong_axis(activation: Tensor, weight: Tensor, bias: Tensor, relevance: Tensor, eps: float) -> Tensor:
    parts = contributions(activation, weight)
    return (parts / stabilise(parts.sum(1, keepdim=True), eps) * relevance[:, :, None]).sum(1)


EPSILON_RULE = Exercise(
    name="epsilon_rule",
    points=2,
    minutes=10,
    reference=_epsilon,
    cases=linear_cases,
    mistakes=(
        Mistake(
            "ε added to the denominators without their sign",
            lambda a, w, b, r, eps: spread(contributions(a, w), a @ w.T + b + eps, r),
            "A negative z comes nearer to 0 that way: use your stabilise.",
        ),
        Mistake(
            "denominators without their sign",
            lambda a, w, b, r, eps: spread(contributions(a, w), (a @ w.T + b).abs() + eps, r),
            "Keep the sign of z: where it is negative, the inputs that pulled it down made it what it is.",
        ),
        Mistake(
            "LRP-0: ε is missing",
            lambda a, w, b, r, eps: spread(contributions(a, w), a @ w.T + b, r),
            "Divide by stabilise(z, eps), not by z.",
        ),
        Mistake(
            "denominators without the bias",
            lambda a, w, b, r, eps: spread(contributions(a, w), stabilise(a @ w.T, eps), r),
            "z is what the layer computed, the bias included: what it contributed is lost on the way back.",
        ),
        Mistake(
            "the bias's relevance shared among the inputs",
            _bias_shared,
            "The bias belongs to no input: it stands in the denominator, and its share is lost.",
        ),
        Mistake(
            "each input's contributions divided by their sum over the outputs",
            _wrong_axis,
            "The denominator of output k sums over the inputs j: it is one number for each output, "
            "activation @ weight.T + bias.",
        ),
        Mistake(
            "weights without the activations: no input's own value counts",
            lambda a, w, b, r, eps: (r / stabilise(a @ w.T + b, eps)) @ w,
            "What input j brings to output k is a_j · w_jk: multiply by the activations at the end.",
        ),
        Mistake(
            "gradient × input: the division is missing",
            lambda a, w, b, r, eps: a * (r @ w),
            "Divide the relevance of each output by its z before it goes back through the weights.",
        ),
        Mistake(
            "the weights turned round on the way back",
            lambda a, w, b, r, eps: a * ((r / stabilise(a @ w.T + b, eps)) @ w.T),
            "weight is (outputs, inputs): forward takes weight.T, and the way back takes weight itself.",
        ),
        Mistake(
            "the weights turned round on the way forward",
            lambda a, w, b, r, eps: a * ((r / stabilise(a @ w + b, eps)) @ w),
            "weight is (outputs, inputs): the layer computes activation @ weight.T + bias.",
        ),
    ),
    hidden=ANSWERS,
)
