"""Exercise: a denominator that is never zero."""

import torch

from coursekit.exercises.draws import Draws
from coursekit.exercises.exercise import Case, Exercise, Property, mistake
from coursekit.exercises.lrp.cases import ANSWERS, draw_eps, stabilise

__all__ = ["STABILISE"]


def _stabilise_cases(draws: Draws) -> list[Case]:
    shapes = {"a row of units": (8,), "the maps of a layer": (2, 4, 5, 5), "a batch of vectors": (3, 16)}
    cases = []
    for name, shape in shapes.items():
        generator = draws(name)
        z = torch.randn(shape, generator=generator)
        z.view(-1)[::5] = 0
        cases.append(Case(name, {"z": z, "eps": draw_eps(generator)}))
    return cases


STABILISE = Exercise(
    name="stabilise",
    points=1,
    minutes=5,
    reference=stabilise,
    draw=_stabilise_cases,
    mistakes=(
        mistake(
            "ε added without a sign",
            "A negative z would come nearer to 0, or land on it: subtract ε where z is negative.",
        )(lambda z, eps: z + eps),
        mistake(
            "ε with the sign of torch.sign, which is 0 at 0",
            "A z of exactly 0 stays 0 and is divided by: count 0 as positive, with torch.where(z >= 0, …).",
        )(lambda z, eps: z + eps * z.sign()),
        mistake(
            "z moved towards 0 instead of away from it",
            "Exchange the two signs: add ε where z is positive, subtract it where z is negative.",
        )(lambda z, eps: z - eps * torch.where(z >= 0, 1, -1)),
        mistake(
            "the size of z without its sign",
            "Leave the absolute value out: the denominator keeps the sign of z.",
        )(lambda z, eps: z.abs() + eps),
        mistake(
            "z changed only where it is 0",
            "Very small values are as bad as 0: every z moves away from 0 by ε.",
        )(lambda z, eps: torch.where(z == 0, eps, z)),
        mistake(
            "a size of at least ε, where larger ones stay as they are",
            "Every z moves by ε, not only the small ones.",
        )(lambda z, eps: torch.where(z >= 0, z.clamp(min=eps), z.clamp(max=-eps))),
    ),
    properties=(
        Property(
            lambda value, arguments: bool((value.abs() >= 0.99 * arguments["eps"]).all()),
            "Some values are nearer to 0 than ε.",
        ),
    ),
    hidden=ANSWERS,
)
