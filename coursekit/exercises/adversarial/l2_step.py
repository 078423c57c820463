"""Exercise: a step of PGD under L2."""

import torch
from torch import Tensor

from coursekit.attacks.norms import L2
from coursekit.exercises.adversarial.cases import ANSWERS
from coursekit.exercises.draws import Draws
from coursekit.exercises.exercise import Case, Exercise, Property, Value, mistake

__all__ = ["L2_STEP"]

_L2 = L2()


def _project(moved: Tensor, x: Tensor, eps: float) -> Tensor:
    return x + _L2.project(moved - x, eps)


def _reference(adversarial: Tensor, x: Tensor, gradient: Tensor, step: float, eps: float) -> Tensor:
    return _project(adversarial + step * _L2.steepest(gradient), x, eps).clamp(0, 1)


@mistake(
    "a gradient divided by the length of the whole batch's",
    "Each image has its own length: .flatten(1).norm(dim=1).",
)
def _batch_length(adversarial: Tensor, x: Tensor, gradient: Tensor, step: float, eps: float) -> Tensor:
    return _project(adversarial + step * gradient / gradient.norm(), x, eps).clamp(0, 1)


@mistake(
    "a step that shrinks with the batch, as the gradient of a mean does",
    "Every image's step is `step` long, however many there are.",
)
def _of_mean(adversarial: Tensor, x: Tensor, gradient: Tensor, step: float, eps: float) -> Tensor:
    return _project(adversarial + step * _L2.steepest(gradient) / len(x), x, eps).clamp(0, 1)


@mistake(
    "step times the gradient as it is",
    "Divide each image's gradient by its length, so that the step is `step` long.",
)
def _no_length(adversarial: Tensor, x: Tensor, gradient: Tensor, step: float, eps: float) -> Tensor:
    return _project(adversarial + step * gradient, x, eps).clamp(0, 1)


@mistake(
    "the sign of the gradient, as under L∞",
    "Under L2 the steepest direction is the gradient itself, divided by its length.",
)
def _sign(adversarial: Tensor, x: Tensor, gradient: Tensor, step: float, eps: float) -> Tensor:
    return _project(adversarial + step * gradient.sign(), x, eps).clamp(0, 1)


@mistake("a step from x", "Go on from adversarial; x is only what the ball is drawn around.")
def _from_x(adversarial: Tensor, x: Tensor, gradient: Tensor, step: float, eps: float) -> Tensor:
    return _project(x + step * _L2.steepest(gradient), x, eps).clamp(0, 1)


@mistake("a step down the loss", "An untargeted attack goes up the loss: add the step.")
def _down(adversarial: Tensor, x: Tensor, gradient: Tensor, step: float, eps: float) -> Tensor:
    return _reference(adversarial, x, -gradient, step, eps)


@mistake(
    "an image that may leave the ball: nothing is projected after the step",
    "Scale x_adv − x down to length ε where it is longer.",
)
def _not_projected(adversarial: Tensor, x: Tensor, gradient: Tensor, step: float, eps: float) -> Tensor:
    return (adversarial + step * _L2.steepest(gradient)).clamp(0, 1)


@mistake(
    "every image put on the surface of the ball",
    "Only what lies outside is projected: the factor ε / length is at most 1, .clamp(max=1).",
)
def _sphere(adversarial: Tensor, x: Tensor, gradient: Tensor, step: float, eps: float) -> Tensor:
    moved = adversarial + step * _L2.steepest(gradient) - x
    return (x + eps * _L2.steepest(moved)).clamp(0, 1)


@mistake("one projection for the whole batch", "Each image has its own ball: .flatten(1).norm(dim=1).")
def _batch_ball(adversarial: Tensor, x: Tensor, gradient: Tensor, step: float, eps: float) -> Tensor:
    moved = adversarial + step * _L2.steepest(gradient) - x
    return (x + moved * (eps / moved.norm()).clamp(max=1)).clamp(0, 1)


@mistake(
    "the projection of L∞: each pixel clipped to [−ε, ε]",
    "The ball of L2 bounds the length of x_adv − x: scale the whole image's perturbation down.",
)
def _cube(adversarial: Tensor, x: Tensor, gradient: Tensor, step: float, eps: float) -> Tensor:
    return (x + (adversarial + step * _L2.steepest(gradient) - x).clamp(-eps, eps)).clamp(0, 1)


@mistake(
    "an image that is not clipped to [0, 1]", "No picture has such pixels: .clamp(0, 1) after the projection."
)
def _not_clipped(adversarial: Tensor, x: Tensor, gradient: Tensor, step: float, eps: float) -> Tensor:
    return _project(adversarial + step * _L2.steepest(gradient), x, eps)


@mistake(
    "the clip before the projection",
    "Both orders end inside both bounds, at different images. Here: step, project, clip.",
)
def _clipped_first(adversarial: Tensor, x: Tensor, gradient: Tensor, step: float, eps: float) -> Tensor:
    return _project((adversarial + step * _L2.steepest(gradient)).clamp(0, 1), x, eps)


def _cases(draws: Draws) -> list[Case]:
    """The last image of each batch would leave the ball, the others not; one has no gradient."""
    cases: list[Case] = []
    for name, shape in {
        "one image, changed at one pixel most of all": (1, 3, 5, 4),
        "a batch of two": (2, 3, 4, 6),
        "a batch of three, one with a gradient of 0": (3, 3, 6, 5),
    }.items():
        generator = draws(name)
        n, x = len(cases), torch.rand(shape, generator=generator)
        away = torch.randn(shape, generator=generator)
        if not n:  # there a cube of half-width ε holds back what leaves the ball
            away[0, 1, 2, 3], x[0, 1, 2, 3] = 40, 0.2
        eps = (0.4 + n) * (1 + 0.2 * torch.rand((), generator=generator).item())
        reach = 0.95 * eps * torch.linspace(1, 0.2, len(x)).flip(0)[:, None, None, None]
        adversarial = (x + reach * _L2.steepest(away)).clamp(0, 1)
        gradient = 0.1 * (0.5 * away + torch.randn(shape, generator=generator))
        gradient[1:-1] = 0
        settings: dict[str, Value] = {"gradient": gradient, "step": 0.4 * eps, "eps": eps}
        cases.append(Case(name, {"adversarial": adversarial, "x": x, **settings}))
    return cases


L2_STEP = Exercise(
    name="l2_step",
    points=2,
    minutes=15,
    reference=_reference,
    draw=_cases,
    mistakes=(
        _batch_length,
        _of_mean,
        _no_length,
        _sign,
        _from_x,
        _down,
        _not_projected,
        _sphere,
        _batch_ball,
        _cube,
        _not_clipped,
        _clipped_first,
    ),
    properties=(
        Property(
            lambda value, arguments: bool(
                (_L2.size(value - arguments["x"]) <= arguments["eps"] + 1e-4).all()
            ),
            "Some image is farther than ε from its original, in L2.",
        ),
    ),
    hidden=ANSWERS,
)
