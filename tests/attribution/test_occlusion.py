import pytest
import torch
from torch import Tensor, nn
from torchvision.transforms.functional import gaussian_blur

from coursekit.attribution import occlusion
from tests.attribution import nets


def slowly(model: nn.Module, x: Tensor, target: int, size: int, stride: int, cover: Tensor) -> Tensor:
    """Cover each place of each image, one by one, and give every pixel the mean drop of its patches."""
    result = torch.zeros(len(x), 1, *x.shape[2:], dtype=x.dtype)
    for n in range(len(x)):
        drops, covered_by = result[n, 0], torch.zeros(x.shape[2:])
        clean = model(x[n : n + 1]).softmax(1)[0, target].item()
        for top in sorted({*range(0, x.shape[2] - size, stride), x.shape[2] - size}):
            for left in sorted({*range(0, x.shape[3] - size, stride), x.shape[3] - size}):
                patch = (slice(top, top + size), slice(left, left + size))
                image = x[n : n + 1].clone()
                image[0, :, *patch] = cover[n, :, *patch]
                drops[patch] += clean - model(image).softmax(1)[0, target].item()
                covered_by[patch] += 1
        drops /= covered_by
    return result


@pytest.mark.parametrize(("size", "stride"), [(8, 8), (8, 3), (7, 5), (10, 10), (20, 4), (1, 1)])
def test_it_is_the_mean_drop_over_the_patches(size, stride):
    model = nets.seeded(nets.Modular, dtype=torch.float64)
    x = (
        nets.images(2, size=24, dtype=torch.float64)[:, :, :20]
        if size > 1
        else nets.images(1, size=8).double()
    )
    with torch.no_grad():
        expected = slowly(model, x, 2, size, stride, torch.full_like(x, 0.5))
    torch.testing.assert_close(occlusion(model, x, 2, size=size, stride=stride), expected)


@pytest.mark.parametrize(
    ("fill", "cover"),
    [
        ("zero", torch.zeros_like),
        ("blur", lambda x: gaussian_blur(x, 15, 4.0)),
        (0.25, lambda x: torch.full_like(x, 0.25)),
        (1, torch.ones_like),
    ],
)
def test_what_the_patch_shows(fill, cover):
    model = nets.seeded(nets.Modular, dtype=torch.float64)
    x = nets.images(1, dtype=torch.float64)
    with torch.no_grad():
        expected = slowly(model, x, 1, 8, 4, cover(x))
    torch.testing.assert_close(occlusion(model, x, 1, size=8, stride=4, fill=fill), expected)


def test_the_object_is_found_where_it_is():
    class BrightCorner(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return torch.stack([x[:, :, :8, :8].sum((1, 2, 3)), 0 * x.sum((1, 2, 3)) + 50], dim=1)

    x = torch.zeros(1, 3, 24, 24)
    x[:, :, :8, :8] = 1
    drop = occlusion(BrightCorner(), x, size=8, stride=8, fill="zero", on="score")
    assert (drop[0, 0, :8, :8] == 192).all()
    assert drop.sum() == 192 * 64
    assert (occlusion(BrightCorner(), x, 1, size=8, stride=8, fill="zero")[0, 0, :8, :8] < 0).all()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"size": 25}, "patch of 25 pixels does not fit on images of 24 × 24"),
        ({"size": 8, "stride": 9}, "9 leaves gaps between patches of 8"),
        ({"size": 0}, "size: wanted at least 1"),
        ({"stride": 0}, "stride: wanted at least 1"),
        ({"fill": "black"}, "fill: wanted 'grey', 'zero', 'blur'"),
        ({"fill": 128}, r"fill: wanted a grey level in \[0, 1\], got 128"),
        ({"on": "logit"}, "on: wanted 'probability' or 'score'"),
    ],
)
def test_bad_settings_are_errors(settings, message):
    with pytest.raises(ValueError, match=message):
        occlusion(nets.seeded(nets.Modular), nets.images(), **settings)


def test_it_makes_no_graph_and_holds_one_chunk():
    model, sizes = nets.seeded(nets.Modular), []
    model.register_forward_pre_hook(lambda _, inputs: sizes.append((len(inputs[0]), torch.is_grad_enabled())))
    occlusion(model, nets.images(3).requires_grad_(), size=8, stride=8, batch_size=5)
    assert {grad for _, grad in sizes} == {False}
    assert max(n for n, _ in sizes) == 5
    assert sum(n for n, _ in sizes) == 3 + 3 + 27
