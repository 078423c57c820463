import pytest
import torch
from scipy.ndimage import gaussian_filter
from sklearn.metrics import auc
from torch import Tensor, nn

from coursekit.attribution import area_under, deletion, insertion
from tests.attribution import nets


def slowly(
    model: nn.Module, x: Tensor, heat: Tensor, target: int, steps: int, start: Tensor, end: Tensor
) -> Tensor:
    """Change the hottest pixels one by one, and look after each share of them."""
    curves = []
    for n in range(len(x)):
        picture, order = start[n].clone(), heat[n].flatten().argsort(descending=True).tolist()
        curve = [model(picture[None]).softmax(1)[0, target]]
        done = 0
        for step in range(1, steps + 1):
            for pixel in order[done : round(step * len(order) / steps)]:
                row, column = divmod(pixel, x.shape[3])
                picture[:, row, column] = end[n, :, row, column]
            done = round(step * len(order) / steps)
            curve.append(model(picture[None]).softmax(1)[0, target])
        curves.append(torch.stack(curve))
    return torch.stack(curves)


@pytest.fixture
def scene() -> tuple[nn.Module, Tensor, Tensor]:
    x = nets.images(3, size=12, dtype=torch.float64)
    heat = torch.randn(3, 12, 12, generator=torch.Generator().manual_seed(2))
    return nets.seeded(nets.Modular, dtype=torch.float64), x, heat


def blurred(x: Tensor, sigma: float, radius: int) -> Tensor:
    return torch.from_numpy(gaussian_filter(x.numpy(), sigma, radius=radius, axes=(2, 3), mode="mirror"))


@pytest.mark.parametrize("fill", ["grey", "zero", "blur", 0.25])
@pytest.mark.parametrize("way", [deletion, insertion])
def test_pixels_go_one_by_one_from_the_hottest(way, fill):
    x = nets.images(3, size=32, dtype=torch.float64)
    heat = torch.randn(3, 32, 32, generator=torch.Generator().manual_seed(2))
    # A random net of convolutions would hardly mind.
    model = nets.seeded(lambda: nn.Sequential(nn.Flatten(), nn.Linear(3072, 6)), dtype=torch.float64)
    level = {"grey": 0.5, "zero": 0.0}.get(fill, fill)
    cover = blurred(x, 2, 3) if fill == "blur" else torch.full_like(x, level)
    ends = (x, cover) if way is deletion else (cover, x)
    with torch.no_grad():
        expected = slowly(model, x, heat, 2, 7, *ends)
    assert expected.std(1).min() > 3e-3
    torch.testing.assert_close(way(model, x, heat, 2, steps=7, fill=fill, batch_size=5), expected)


def test_the_class_is_that_of_the_whole_image(scene):
    model, x, heat = scene
    classes = model(x).argmax(1)
    assert torch.equal(insertion(model, x, heat), insertion(model, x, heat, classes))
    torch.testing.assert_close(insertion(model, x, heat)[:, -1], model(x).softmax(1).amax(1).detach())


def test_a_map_of_what_counts_beats_its_opposite():
    class BrightCorner(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return torch.stack([x[:, :, :8, :8].sum((1, 2, 3)) / 20, 0 * x.sum((1, 2, 3)) + 5], dim=1)

    x = torch.ones(1, 3, 32, 32)
    heat = torch.zeros(1, 32, 32)
    heat[:, :8, :8] = 1
    down, up = (area_under(deletion(BrightCorner(), x, h, 0, fill="zero")) for h in (heat, -heat))
    assert down < 0.1 < 0.9 < up
    down, up = (area_under(insertion(BrightCorner(), x, h, 0, fill="zero")) for h in (-heat, heat))
    assert down < 0.1 < 0.9 < up


def test_a_plateau_is_taken_evenly(scene):
    model, x, _ = scene
    seen = []
    model.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    deletion(model, x[:1], torch.zeros(1, 12, 12), 0, steps=2, fill=0)
    half_covered = seen[-1][1]
    rows = (half_covered == 0).all(0).sum(1)
    assert rows.sum() == 72
    assert 0 < rows.min() < rows.max() < 12


def test_the_blur_leaves_no_shape():
    edge = torch.zeros(1, 3, 64, 64)
    edge[..., 32:] = 1
    seen = []
    model = nets.seeded(nets.Modular)
    model.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    insertion(model, edge, torch.zeros(1, 64, 64), 0, steps=1)
    steepest = seen[-1][0].diff(dim=-1).abs().max()
    assert steepest < 0.12


def test_small_pictures_are_blurred_too(scene):
    model, x, heat = scene
    seen = []
    model.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    insertion(model, x, heat, 0, steps=1)
    torch.testing.assert_close(seen[-1][4], blurred(x, 1, 1)[2])
    assert (seen[-1][4] - x[2]).abs().max() > 0.1


def test_the_area_is_that_of_scikit_learn():
    curves = torch.rand(4, 9, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    expected = [auc(torch.linspace(0, 1, 9), curve) for curve in curves]
    torch.testing.assert_close(area_under(curves), torch.tensor(expected, dtype=torch.float64))


@pytest.mark.parametrize("way", [deletion, insertion])
def test_bad_settings_are_errors(way, scene):
    model, x, heat = scene
    with pytest.raises(ValueError, match=r"wanted maps \(3, 12, 12\), .* got \(2, 12, 12\)"):
        way(model, x, heat[:2])
    with pytest.raises(ValueError, match="heat: there are NaN or infinite values"):
        way(model, x, heat / 0)
    with pytest.raises(ValueError, match="steps: wanted at least 1"):
        way(model, x, heat, steps=0)
    with pytest.raises(ValueError, match="fill: wanted 'grey', 'zero', 'blur'"):
        way(model, x, heat, fill="black")
    with pytest.raises(ValueError, match="target 9"):
        way(model, x, heat, 9)
    with pytest.raises(ValueError, match="wanted 4 dimensions"):
        way(model, x[0], heat)


def test_it_makes_no_graph_and_holds_one_chunk(scene):
    model, x, heat = scene
    sizes = []
    model.register_forward_pre_hook(lambda _, inputs: sizes.append((len(inputs[0]), torch.is_grad_enabled())))
    deletion(model, x, heat, 0, steps=4, batch_size=4)
    assert sizes == [(4, False), (4, False), (4, False), (3, False)]
