"""Chapter 07: the references held against the package's attacks, and against loops over single images."""

from functools import partial

import pytest
import torch
from torch.nn.functional import cross_entropy

import coursekit as ck
from coursekit.attacks import paste
from coursekit.exercises import Exercise, find, lookup
from coursekit.models.training import adversarial_loss
from tests.exercises.source import arguments


def _found(name: str, case: dict) -> torch.Tensor:
    return lookup(name).reference(*case.values())


@pytest.mark.parametrize("seed", [0, 1])
def test_targeted_attacks_are_the_packages(seed: int) -> None:
    for case in arguments("targeted_step", seed):
        model, x, wanted, levels = case.values()
        wanted_images = ck.fgsm(model, x, wanted, eps=levels / 255, targeted=True)
        torch.testing.assert_close(_found("targeted_step", case), wanted_images)
    for case in arguments("targeted_attack", seed):
        model, x, wanted, eps, step, steps = case.values()
        settings = {"steps": steps, "step_size": step, "random_start": False, "stop_when_fooled": True}
        wanted_images = ck.pgd(model, x, wanted, eps=eps, targeted=True, **settings)
        torch.testing.assert_close(_found("targeted_attack", case), wanted_images)


@pytest.mark.parametrize("seed", [0, 1])
def test_a_step_in_l2_is_that_of_one_image_by_hand(seed: int) -> None:
    for case in arguments("l2_step", seed):
        for adversarial, x, gradient, found in zip(
            case["adversarial"], case["x"], case["gradient"], _found("l2_step", case), strict=True
        ):
            long = gradient.square().sum().sqrt()
            eta = adversarial + (case["step"] * gradient / long if long else 0) - x
            size = eta.square().sum().sqrt().item()
            wanted = (x + eta * min(1, case["eps"] / size)).clamp(0, 1)
            torch.testing.assert_close(found, wanted)


@pytest.mark.parametrize("seed", [0, 1])
def test_every_image_keeps_its_worst_restart(seed: int) -> None:
    for case in arguments("worst_restart", seed):
        model, _, y, noise, *_ = case.values()
        ends = [_found("worst_restart", case | {"noise": start[None]}) for start in noise]
        for i, found in enumerate(_found("worst_restart", case)):
            losses = [cross_entropy(model(end[i][None]), y[i][None]).item() for end in ends]
            assert torch.equal(found, ends[max(range(len(ends)), key=losses.__getitem__)][i])


def test_a_restart_is_pgd() -> None:
    for case in arguments("worst_restart", 0):
        model, x, y, noise, eps, step = case.values()
        noise = 2 * torch.rand(x.shape, generator=torch.Generator().manual_seed(5), dtype=x.dtype) - 1
        generator = torch.Generator().manual_seed(5)
        wanted = ck.pgd(model, x, y, eps=eps, steps=3, step_size=step, generator=generator)
        found = _found("worst_restart", case | {"noise": noise[None]})
        torch.testing.assert_close(found, wanted)


@pytest.mark.parametrize("seed", [0, 1])
def test_what_is_counted_is_what_the_package_counts(seed: int) -> None:
    for case in arguments("accuracy_curve", seed):
        wanted = ck.accuracy_under(case["model"], case["x"], case["y"], case["eps"].tolist(), ck.fgsm)
        torch.testing.assert_close(_found("accuracy_curve", case), wanted)
    for case in arguments("transfer_matrix", seed):
        *nets, x, y, eps = case.values()
        named = {str(i): net for i, net in enumerate(nets)}
        wanted = ck.transfer_matrix(named, x, y, partial(ck.fgsm, eps=eps))
        torch.testing.assert_close(_found("transfer_matrix", case), wanted)


def test_one_pixel_is_painted_on_each_copy() -> None:
    for case in arguments("one_pixel_objective", 0):
        model, image, y, candidates = case.values()
        for found, (row, column, *colour) in zip(
            _found("one_pixel_objective", case), candidates.tolist(), strict=True
        ):
            painted = image.clone()
            painted[:, int(row), int(column)] = torch.tensor(colour, dtype=image.dtype)
            torch.testing.assert_close(found, model(painted[None]).softmax(1)[0, y])


def test_a_patch_is_moved_along_the_gradient_of_pasted_pictures() -> None:
    for case in arguments("patch_gradient", 0):
        model, x, target, patch, places = case.values()
        patch = patch.requires_grad_()
        size, side = patch.shape[-1], min(x.shape[2:])
        total = torch.zeros((), dtype=x.dtype)
        for row, column in places.tolist():
            middle = {"row": row + (size - 1) / 2, "column": column + (size - 1) / 2}
            pasted = paste(x, patch, **middle, scale=size / side)
            total = total + cross_entropy(model(pasted), torch.full((len(x),), target))
        wanted = torch.autograd.grad(total / len(places), patch)[0]
        torch.testing.assert_close(_found("patch_gradient", case), wanted)


def test_the_mixed_loss_is_the_packages() -> None:
    for case in arguments("mixed_loss", 0):
        model, x, y, eps, alpha = case.values()
        wanted = adversarial_loss(model, x, y, partial(ck.fgsm, eps=eps), alpha=alpha)
        torch.testing.assert_close(_found("mixed_loss", case).float(), wanted)


@pytest.mark.parametrize("exercise", find("07_adversarial"), ids=lambda exercise: exercise.name)
def test_no_mistake_is_right_on_every_case(exercise: Exercise) -> None:
    """Whatever the seed."""
    for seed in (2, 3):
        cases = exercise.cases(seed)
        answers = [exercise.reference(*case.build().values()) for case in cases]
        for mistake in exercise.mistakes:
            right = [
                exercise.agree(mistake.function(*case.build().values()), wanted)
                for case, wanted in zip(cases, answers, strict=True)
            ]
            assert not all(right), f"{mistake.name}, seed {seed}"
