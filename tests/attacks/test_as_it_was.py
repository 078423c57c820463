"""After every attack, also one that raises, the net, the images and the random numbers are as they were."""

import copy

import pytest
import torch

from coursekit import attacks
from tests.attacks.methods import ASKING, ATTACKS
from tests.attribution import nets
from tests.attribution.test_as_it_was import state, stubborn_net

LABELS = torch.tensor([0, 1, 2])


def images(dtype: torch.dtype = torch.float32) -> torch.Tensor:
    return (nets.images(3, size=20, dtype=dtype) * 255).round() / 255


EVERY = {name: attack for name, (attack, _, _) in ATTACKS.items()} | ASKING


@pytest.mark.parametrize("fails", [0, 1, 2], ids=["returns", "raises", "raises later"])
@pytest.mark.parametrize("name", EVERY)
def test_everything_is_as_it_was(name: str, fails: int) -> None:
    if fails == 2 and name in {"fgsm", "with_saliency"}:
        pytest.skip("asks the net once")
    model, x = stubborn_net(), images().requires_grad_()
    model.fails = fails
    before, labels = copy.deepcopy(state(model, x)), LABELS.clone()
    if fails:
        with pytest.raises(KeyError):
            EVERY[name](model, x, labels)
    else:
        assert not EVERY[name](model, x, labels).requires_grad
    assert state(model, x) == before
    assert torch.equal(labels, LABELS)


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
@pytest.mark.parametrize("name", EVERY)
def test_callers_grad_mode_and_the_nets_mode_do_not_matter(name: str, mode) -> None:
    model, x = nets.seeded(nets.Modular, dtype=torch.float64), images(torch.float64)
    expected = EVERY[name](model, x, LABELS)
    with mode():  # where the images and labels are made too
        result = EVERY[name](model.train().requires_grad_(False), x.clone(), LABELS.clone())
    torch.testing.assert_close(result, expected)
    assert not result.requires_grad


@pytest.mark.parametrize("name", sorted(set(ATTACKS) - {"by gradient", "by evolution"}))
def test_images_and_labels_that_do_not_fit_are_refused(name: str) -> None:
    model, x = nets.seeded(nets.Modular), images()
    with pytest.raises(ValueError, match="divide by 255"):
        ATTACKS[name][0](model, x * 255, LABELS)
    if name not in {"deepfool", "patch"}:
        with pytest.raises(ValueError, match="wanted 3 integers"):
            ATTACKS[name][0](model, x, LABELS[:2])
        with pytest.raises(ValueError, match="label 9, but the net has 6"):
            ATTACKS[name][0](model, x, torch.tensor([0, 1, 9]))


def test_the_list_of_attacks_is_complete() -> None:
    covered = {
        "deepfool",
        "fgsm",
        "fool_by_evolution",
        "fool_by_gradient",
        "masked_attack",
        "one_pixel",
        "pgd",
    }
    covered |= {"adversarial_patch", "paste", "pgd_to_runner_up", "universal"}
    elsewhere = {"Staircase", "attacked_images", "physical_view", "printability", "train_detector"}
    assert covered | elsewhere | set(ASKING) == set(attacks.__all__)
