"""Patches and paint: where they lie, what they are trained for, and against plain references."""

import pytest
import torch
from torch import Tensor, nn

from coursekit.attacks import adversarial_patch, masked_attack, paste, physical_view, printability
from coursekit.attacks.patch import _place
from coursekit.core.images import check_images
from tests.attacks.methods import flat_net
from tests.attribution import nets


def marked(size: int = 4) -> Tensor:
    """A patch that tells how it lies: 1 at the top left, 0.9 at the right, 0.5 at the top."""
    patch = torch.zeros(1, size, size)
    patch[0, 0], patch[0, :, -1] = 0.5, 0.9
    patch[0, 0, 0] = 1
    return patch


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_patch_lies_where_it_is_laid_pixel_by_pixel(turns: int) -> None:
    images = torch.full((2, 1, 10, 14), 0.2)
    laid = paste(images, marked(), row=3.5, column=torch.tensor([7.5, 2.5]), scale=0.4, angle=90.0 * turns)
    expected = images.clone()
    expected[0, :, 2:6, 6:10] = expected[1, :, 2:6, 1:5] = torch.rot90(marked(), turns, (1, 2))
    torch.testing.assert_close(laid, expected, rtol=0, atol=1e-5)


def test_what_lies_outside_is_cut_off_and_a_scale_is_of_the_shorter_edge() -> None:
    images = torch.zeros(1, 1, 8, 16)
    laid = paste(images, torch.ones(1, 2, 2), row=-0.5, column=15.5, scale=0.5)
    expected = images.clone()
    expected[:, :, :2, 14:] = 1
    torch.testing.assert_close(laid, expected, rtol=0, atol=1e-5)


def test_the_gradient_reaches_the_patch() -> None:
    images, patch = (
        nets.images(2, size=12).double(),
        torch.rand(3, 5, 5, dtype=torch.float64, requires_grad=True),
    )
    assert torch.autograd.gradcheck(
        lambda p: paste(images, p, row=5.2, column=6.1, scale=0.7, angle=25), patch, atol=1e-6
    )


def test_places_are_inside_the_picture() -> None:
    images = torch.zeros(1, 3, 40, 60)
    place = _place(500, images, (0.2, 0.5), (-30, 10), torch.Generator().manual_seed(0))
    half = place["scale"] * 20
    for centre, side in ((place["row"], 40), (place["column"], 60)):
        assert (centre + 0.5 - half).min() >= -1e-4
        assert (centre + 0.5 + half).max() <= side + 1e-4
        assert (centre + 0.5 - half).min() < 2
        assert (centre + 0.5 + half).max() > side - 2
    for name, low, high in (("scale", 0.2, 0.5), ("angle", -30, 10)):
        assert low <= place[name].min() < low + 0.05 * (high - low)
        assert high >= place[name].max() > high - 0.05 * (high - low)


def success(model: nn.Module, images: Tensor, patch: Tensor, target: int) -> float:
    place = _place(len(images), images, (0.3, 0.5), (-30, 30), torch.Generator().manual_seed(9))
    return (model(paste(images, patch, **place)).argmax(1) == target).float().mean().item()


def plainly_trained(model: nn.Module, images: Tensor, target: int, steps: int) -> Tensor:
    """A patch trained by Adam, with one image and one place at a time."""
    patch, random = torch.full((3, 8, 8), 0.5, requires_grad=True), torch.Generator().manual_seed(1)
    adam = torch.optim.Adam([patch], lr=0.1)
    for step in range(steps):
        adam.zero_grad()
        for _ in range(8):
            place = _place(1, images, (0.3, 0.5), (-30, 30), random)
            i = torch.randint(len(images), (1,), generator=random)
            loss = nn.functional.cross_entropy(
                model(paste(images[i], patch, **place)), torch.tensor([target])
            )
            (loss / 8).backward()
        for group in adam.param_groups:
            group["lr"] = 0.1 * (1 - step / steps)
        adam.step()
        patch.data.clamp_(0, 1)
    return patch.detach()


class Templates(nn.Module):
    """Five random templates of 5 × 5 pixels: the class is the one that fits best, wherever that is."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        weight = torch.randn(5, 3, 5, 5, generator=torch.Generator().manual_seed(seed))
        self.templates = nn.Parameter(weight - weight.mean((1, 2, 3), keepdim=True), requires_grad=False)

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.conv2d(x, self.templates).amax((2, 3))


SETTINGS = {"size": 8, "scale": (0.3, 0.5), "steps": 30}


def test_a_patch_works_as_often_as_a_plainly_trained_one() -> None:
    model, images, target = Templates(0), nets.images(80, size=20), 0
    seen, fresh = images[:30], images[30:]
    ours = success(model, fresh, adversarial_patch(model, seen, target, **SETTINGS), target)
    theirs = success(model, fresh, plainly_trained(model, seen, target, 30), target)
    assert theirs > success(model, fresh, torch.full((3, 8, 8), 0.5), target) + 0.2
    assert ours > theirs - 0.1


def test_a_patch_against_two_nets_fools_both() -> None:
    one, other, images = Templates(0), Templates(1), nets.images(60, size=20)
    alone = adversarial_patch(one, images, 0, **SETTINGS)
    both = adversarial_patch([one, other], images, 0, **SETTINGS)
    assert success(other, images, both, 0) > success(other, images, alone, 0) + 0.15
    assert success(one, images, both, 0) > success(one, images, torch.full_like(both, 0.5), 0) + 0.1
    assert torch.equal(both, adversarial_patch([one, other], images, 0, **SETTINGS))
    assert not torch.equal(both, adversarial_patch([one, other], images, 0, **SETTINGS, seed=1))


def test_printability_is_the_product_of_the_distances() -> None:
    x = nets.images(2, size=3, dtype=torch.float64)
    palette = torch.rand(4, 3, generator=torch.Generator().manual_seed(4), dtype=x.dtype)
    ours = printability(x, palette)
    for n in range(2):
        for i in range(3):
            for j in range(3):
                distances = [(x[n, :, i, j] - colour).square().sum().sqrt() for colour in palette]
                torch.testing.assert_close(ours[n, i, j], torch.stack(distances).prod())
    x[0, :, 1, 1] = palette[2]
    assert printability(x, palette)[0, 1, 1] == 0


def test_paint_holds_from_other_views_and_stays_printable() -> None:
    model, x = flat_net(), nets.images(6, size=16, dtype=torch.float64)
    mask, target = torch.zeros(1, 1, 16, 16), torch.tensor([1, 2, 3, 1, 2, 3])
    mask[..., 4:13, 3:13] = 1
    palette = torch.tensor([[0.0, 0, 0], [1, 1, 1], [0.9, 0.1, 0.1], [0.1, 0.2, 0.8]])
    bare = masked_attack(model, x, target, mask, steps=25)
    printed = masked_attack(model, x, target, mask, steps=25, palette=palette, weight=0.003)

    def hits(images: Tensor) -> float:
        views = physical_view(images.repeat(20, 1, 1, 1), torch.Generator().manual_seed(8))
        return (model(views).argmax(1) == target.repeat(20)).float().mean().item()

    # By other nets and images: 0.5 to 0.7 more, 0.3 to 0.7 more, and 0.25 to 0.33 of the distance.
    assert hits(bare) > hits(x) + 0.3
    assert hits(printed) > hits(x) + 0.2
    inside = mask[0, 0].bool()
    assert (
        printability(printed, palette)[:, inside].mean() < 0.6 * printability(bare, palette)[:, inside].mean()
    )
    assert torch.equal(printed * (1 - mask), x * (1 - mask))


def test_a_view_is_another_picture_of_the_same_thing() -> None:
    images = nets.images(4, size=24)
    smooth = torch.nn.functional.avg_pool2d(images, 9, 1, 4)
    views = physical_view(smooth, torch.Generator().manual_seed(0))
    check_images(views)
    assert views.shape == images.shape
    assert not torch.equal(views[0], physical_view(smooth, torch.Generator().manual_seed(1))[0])
    light = views.mean((1, 2, 3)) / smooth.mean((1, 2, 3))
    assert (light > 0.7).all()
    assert (light < 1.3).all()
    assert light.std() > 0.02


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"scale": 0.0}, "scale: wanted shares above 0"),
        ({"scale": -1.0}, "scale: wanted shares above 0"),
        ({"patch": torch.zeros(1, 4, 4)}, "wanted 1 channels"),
        ({"patch": torch.full((3, 4, 4), 2.0)}, "pixels are between"),
    ],
)
def test_bad_patches_are_named(change: dict, message: str) -> None:
    settings = {"patch": torch.zeros(3, 4, 4), "row": 1, "column": 1, "scale": 0.5} | change
    with pytest.raises(ValueError, match=message):
        paste(nets.images(2), **settings)


def test_bad_targets_and_settings_are_named() -> None:
    model, x = flat_net(), nets.images(2, size=16, dtype=torch.float64)
    with pytest.raises(ValueError, match="label 7, but the net has 5"):
        adversarial_patch(model, x, 7)
    with pytest.raises(ValueError, match="wanted 2 integers"):
        masked_attack(model, x, torch.tensor([1]), torch.ones(1, 1, 16, 16))
    with pytest.raises(ValueError, match="mask: wanted"):
        masked_attack(model, x, 1, torch.ones(1, 1, 4, 4))
    with pytest.raises(ValueError, match=r"palette: wanted \(P, 3\)"):
        printability(x, torch.ones(4, 1))
