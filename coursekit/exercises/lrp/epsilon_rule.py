"""Exercise: the ε-rule of one linear layer."""

from torch import Tensor

from coursekit.exercises.exercise import Exercise, mistake
from coursekit.exercises.lrp.cases import ANSWERS, contributions, linear_cases, spread, stabilise

__all__ = ["EPSILON_RULE"]


def _epsilon(activation: Tensor, weight: Tensor, bias: Tensor, relevance: Tensor, eps: float) -> Tensor:
    z = activation @ weight.T + bias
    return spread(contributions(activation, weight), stabilise(z, eps), relevance)


@mistake(
    "the bias's relevance shared among the inputs",
    "The bias belongs to no input: it stands in the denominator, and its share is lost.",
)
def _bias_shared(activation: Tensor, weight: Tensor, bias: Tensor, relevance: Tensor, eps: float) -> Tensor:
    z = activation @ weight.T + bias
    parts = contributions(activation, weight) + bias[:, None] / weight.shape[1]
    return spread(parts, stabilise(z, eps), relevance)


@mistake(
    "each input's contributions divided by their sum over the outputs",
    "The denominator of output k sums over the inputs j: it is one number for each output, "
    "activation @ weight.T + bias.",
)
def _wrong_axis(activation: Tensor, weight: Tensor, bias: Tensor, relevance: Tensor, eps: float) -> Tensor:
    parts = contributions(activation, weight)
    return (parts / stabilise(parts.sum(1, keepdim=True), eps) * relevance[:, :, None]).sum(1)


EPSILON_RULE = Exercise(
    name="epsilon_rule",
    points=2,
    minutes=10,
    reference=_epsilon,
    draw=linear_cases,
    mistakes=(
        mistake(
            "ε added to the denominators without their sign",
            "A negative z comes nearer to 0 that way: use your stabilise.",
        )(lambda a, w, b, r, eps: spread(contributions(a, w), a @ w.T + b + eps, r)),
        mistake(
            "denominators without their sign",
            "Keep the sign of z: where it is negative, the inputs that pulled it down made it what it is.",
        )(lambda a, w, b, r, eps: spread(contributions(a, w), (a @ w.T + b).abs() + eps, r)),
        mistake("LRP-0: ε is missing", "Divide by stabilise(z, eps), not by z.")(
            lambda a, w, b, r, eps: spread(contributions(a, w), a @ w.T + b, r)
        ),
        mistake(
            "denominators without the bias",
            "z is what the layer computed, the bias included: what it contributed is lost on the way back.",
        )(lambda a, w, b, r, eps: spread(contributions(a, w), stabilise(a @ w.T, eps), r)),
        _bias_shared,
        _wrong_axis,
        mistake(
            "weights without the activations: no input's own value counts",
            "What input j brings to output k is a_j · w_jk: multiply by the activations at the end.",
        )(lambda a, w, b, r, eps: (r / stabilise(a @ w.T + b, eps)) @ w),
        mistake(
            "gradient × input: the division is missing",
            "Divide the relevance of each output by its z before it goes back through the weights.",
        )(lambda a, w, b, r, eps: a * (r @ w)),
        mistake(
            "the weights turned round on the way back",
            "weight is (outputs, inputs): forward takes weight.T, and the way back takes weight itself.",
        )(lambda a, w, b, r, eps: a * ((r / stabilise(a @ w.T + b, eps)) @ w.T)),
        mistake(
            "the weights turned round on the way forward",
            "weight is (outputs, inputs): the layer computes activation @ weight.T + bias.",
        )(lambda a, w, b, r, eps: a * ((r / stabilise(a @ w + b, eps)) @ w)),
    ),
    hidden=ANSWERS,
)
