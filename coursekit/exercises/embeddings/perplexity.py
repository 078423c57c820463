"""Exercise: the perplexity of a row of affinities."""

import math

import torch

from coursekit.exercises.draws import Draws
from coursekit.exercises.embeddings.cases import ANSWERS, affinities, clusters, nats, perplexity
from coursekit.exercises.exercise import Case, Exercise, mistake

__all__ = ["PERPLEXITY"]


def _cases(draws: Draws) -> list[Case]:
    cases = []
    for name, n, low in (("few points", 7, 0.4), ("twenty points", 20, 0.4), ("very narrow bells", 12, 0.05)):
        generator = draws(name)
        x, _ = clusters(n, 3, generator)
        cases.append(Case(name, {"p": affinities(x, low + torch.rand(n, generator=generator))}))
    return cases


PERPLEXITY = Exercise(
    name="perplexity",
    points=1,
    minutes=8,
    reference=perplexity,
    draw=_cases,
    mistakes=(
        mistake(
            "2 to the power of an entropy in nats",
            "Two goes with the logarithm to base 2, e with the natural one: 2 ** bits, or exp(nats).",
        )(lambda p: 2 ** nats(p)),
        mistake(
            "e to the power of an entropy in bits",
            "Two goes with the logarithm to base 2, e with the natural one: 2 ** bits, or exp(nats).",
        )(lambda p: (nats(p) / math.log(2)).exp()),
        mistake(
            "the entropy instead of the perplexity",
            "The perplexity is 2 to the power of the entropy: a number of neighbours.",
        )(lambda p: nats(p) / math.log(2)),
        mistake("the entropy in nats", "The perplexity is 2 to the power of the entropy in bits.")(nats),
        mistake("the perplexity of columns", "Row i is point i's choice: sum over the second axis, .sum(1).")(
            lambda p: perplexity(p.T)
        ),
        mistake(
            "1 over the perplexity: the minus sign is missing",
            "The entropy is −Σ p log p: it is never negative.",
        )(lambda p: 1 / perplexity(p)),
        mistake(
            "1 over the sum of squares",
            "That is another way to count neighbours; the perplexity is by the entropy.",
        )(lambda p: 1 / p.square().sum(1)),
    ),
    hidden=ANSWERS,
)
