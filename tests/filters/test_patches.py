"""The activation peaks and its patches against brute force: every unit, every image, one at a time."""

from copy import deepcopy

import pytest
import torch
from torch import Tensor, nn

from coursekit.filters import activation_peaks, crop, top_patches
from coursekit.models.networks import scene_net

LAYERS = ["conv1", "relu3"]


@pytest.fixture(scope="module")
def net() -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return scene_net(("a", "b"), width=4).double().eval()


@pytest.fixture(scope="module")
def images() -> Tensor:
    return torch.rand(7, 3, 48, 64, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def slow_crop(image: Tensor, field, row: int, column: int) -> Tensor:
    """Pixel by pixel; grey beyond the border."""
    out = torch.full((3, *field.size), 0.5, dtype=image.dtype)
    for i in range(field.size[0]):
        for j in range(field.size[1]):
            y = field.offset[0] + row * field.stride[0] + i
            x = field.offset[1] + column * field.stride[1] + j
            if 0 <= y < image.shape[1] and 0 <= x < image.shape[2]:
                out[:, i, j] = image[:, y, x]
    return out


def activation(net: nn.Module, x: Tensor, layer: str) -> Tensor:
    for name, module in net.named_children():
        x = module(x)
        if name == layer:
            return x
    raise AssertionError


@pytest.mark.parametrize("layer", LAYERS)
def test_patches_against_brute_force(net: nn.Module, images: Tensor, layer: str) -> None:
    peaks = activation_peaks(net, images, LAYERS, batch_size=3, quiet=True)[layer]
    with torch.no_grad():
        maps = torch.cat([activation(net, image[None], layer) for image in images])
    for channel in (0, maps.shape[1] - 1):
        best = []
        for n in range(len(images)):
            row, column = divmod(maps[n, channel].argmax().item(), maps.shape[3])
            best.append((maps[n, channel, row, column].item(), n, row, column))
        best.sort(key=lambda found: -found[0])
        patches = top_patches(images, peaks, channel, k=5)
        assert patches.images.tolist() == [n for _, n, _, _ in best[:5]]
        assert patches.units.tolist() == [[row, column] for *_, row, column in best[:5]]
        torch.testing.assert_close(
            patches.values, torch.tensor([value for value, *_ in best[:5]], dtype=maps.dtype)
        )
        for found, (_, n, row, column) in zip(patches.crops, best, strict=False):
            assert torch.equal(found, slow_crop(images[n], peaks.field, row, column))


def test_a_unit_gives_the_same_for_its_patch_alone(net: nn.Module, images: Tensor) -> None:
    """Away from the border the crop is all that a unit needs: the first kernel on the patch is its value."""
    peaks = activation_peaks(net, images, ["conv1"], quiet=True)["conv1"]
    for channel in range(4):
        patches = top_patches(images, peaks, channel, k=7)
        alone = nn.functional.conv2d(net.normalise(patches.crops), net.conv1.weight)[:, channel, 0, 0]
        torch.testing.assert_close(alone, patches.values)  # also at it: grey is 0 behind the normalisation


def test_bytes_batches_and_modes_make_no_difference(net: nn.Module, images: Tensor) -> None:
    stored = (images * 255).round().to(torch.uint8)
    net = deepcopy(net).float().train()  # bytes are taken in single precision
    whole = activation_peaks(net, stored.float() / 255, LAYERS, batch_size=7, quiet=True)
    parts = activation_peaks(net, stored, LAYERS, batch_size=2, quiet=True)
    assert all(layer.training for layer in net.modules())
    assert not any(layer._forward_hooks for layer in net.modules())
    for layer in LAYERS:
        torch.testing.assert_close(whole[layer].values, parts[layer].values)
        assert torch.equal(whole[layer].rows, parts[layer].rows)
    patches = top_patches(stored, parts["conv1"], 0, k=2)
    assert patches.crops.dtype == torch.float32
    assert patches.crops.max() <= 1


def test_of_equal_activations_the_earlier_image_is_first() -> None:
    """Small whole numbers, which add up exactly wherever in a batch they stand."""
    generator = torch.Generator().manual_seed(0)
    net = nn.Sequential(nn.Conv2d(3, 2, 3, bias=False), nn.Flatten())
    net[0].weight.data = torch.randint(-3, 4, net[0].weight.shape, generator=generator).float()
    twice = torch.randint(2, (7, 3, 12, 12), generator=generator).float().repeat(2, 1, 1, 1)
    peaks = activation_peaks(net, twice, ["0"], quiet=True)["0"]
    values = peaks.values[:, 1].tolist()
    assert values[:7] == values[7:]
    order = sorted(range(14), key=lambda image: (-values[image], image))
    assert top_patches(twice, peaks, 1, k=14).images.tolist() == order


def test_a_crop_beyond_the_border_is_grey_there() -> None:
    image = torch.arange(12.0).view(1, 3, 4) / 12
    found = crop(image, (-1, 2, 2, 6))
    assert found.shape == (1, 3, 4)
    assert torch.equal(found[:, 1:, :2], image[:, :2, 2:])
    assert (found[:, 0] == 0.5).all()
    assert (found[:, :, 2:] == 0.5).all()


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"channel": 9}, "the layer has 4"),
        ({"channel": 0, "k": 8}, "1 to 7 patches"),
        ({"channel": 0, "n": 3}, "the 7 images of the activation_peaks, got 3"),
    ],
)
def test_bad_requests_are_named(net: nn.Module, images: Tensor, settings: dict, complaint: str) -> None:
    peaks = activation_peaks(net, images, ["conv1"], quiet=True)["conv1"]
    with pytest.raises(ValueError, match=complaint):
        top_patches(images[: settings.pop("n", 7)], peaks, **settings)
