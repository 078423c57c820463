"""Exercise: the ε-rule of one linear layer."""

from torch import Tensor

from coursekit.exercises.exercise import Exercise, Mistake
from coursekit.exercises.lrp.cases import ANSWERS, contributions, linear_cases, spread, stabilise

__all__ = ["EPSILON_RULE"]


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
