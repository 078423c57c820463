"""What the gradient methods promise, on nets small enough to know the answer."""

import pytest
import torch
from torch import nn

from coursekit.attribution import (
    completeness_gap,
    guided_backprop,
    input_x_gradient,
    integrated_gradients,
    saliency,
    smoothgrad,
)
from tests.attribution import methods, nets

DOUBLE = torch.float64


class Square(nn.Module):
    """Scores Σx² and −Σx², whose gradients are 2x and −2x."""

    def forward(self, x):
        total = x.flatten(1).square().sum(1)
        return torch.stack([total, -total], dim=1)


def test_saliency_has_the_sign_of_the_gradient_of_the_score():
    x = nets.images(dtype=DOUBLE)
    torch.testing.assert_close(saliency(Square(), x, 0), 2 * x)
    torch.testing.assert_close(saliency(Square(), x, 1), -2 * x)
    torch.testing.assert_close(saliency(Square(), x), 2 * x)
    torch.testing.assert_close(saliency(Square(), x, torch.tensor([0, 1, 0]))[1], -2 * x[1])


def test_input_x_gradient_is_the_product():
    x = nets.images(dtype=DOUBLE)
    torch.testing.assert_close(input_x_gradient(Square(), x, 1), -2 * x * x)


def test_the_midpoint_rule_is_exact_for_a_square():
    x = nets.images(dtype=DOUBLE)
    torch.testing.assert_close(integrated_gradients(Square(), x, 0, steps=3), x * x)
    start = torch.full_like(x[:1], 0.25)
    expected = x * x - start * start
    torch.testing.assert_close(integrated_gradients(Square(), x, 0, steps=2, baseline=start), expected)


def test_integrated_gradients_are_complete():
    model, x = nets.seeded(nets.Modular, dtype=DOUBLE), nets.images(dtype=DOUBLE)
    gaps = {}
    for steps in (8, 512):
        ours = integrated_gradients(model, x, steps=steps)
        gaps[steps] = completeness_gap(model, x, ours).abs().max()
        gain = model(x).amax(1) - model(x * 0).gather(1, model(x).argmax(1)[:, None])[:, 0]
        torch.testing.assert_close(gain - ours.sum((1, 2, 3)), completeness_gap(model, x, ours))
    assert gaps[512] < 1e-4 * gain.abs().max()
    assert gaps[512] < gaps[8] / 50


def test_completeness_gap_knows_targets_and_baselines():
    model, x = nets.seeded(nets.Modular, dtype=DOUBLE), nets.images(dtype=DOUBLE)
    target = torch.tensor([0, 3, 5])
    ours = integrated_gradients(model, x, target, steps=256, baseline=0.5)
    gap = completeness_gap(model, x, ours, target, baseline=0.5).abs().max()
    assert completeness_gap(model, x, ours, target).abs().min() > 30 * gap
    assert completeness_gap(model, x, ours, 1, baseline=0.5).abs().min() > 30 * gap


def test_a_baseline_is_as_precise_as_the_images():
    model, x = nets.seeded(nets.Modular, dtype=DOUBLE), nets.images(dtype=DOUBLE)
    start = torch.full_like(x, 0.3)
    ours = integrated_gradients(model, x, 1, baseline=0.3)
    assert torch.equal(ours, integrated_gradients(model, x, 1, baseline=start))
    gaps = (completeness_gap(model, x, ours, 1, baseline=baseline) for baseline in (0.3, start))
    assert torch.equal(*gaps)


def smooth(model, x, **settings):
    generator = torch.Generator().manual_seed(3)
    return smoothgrad(model, x, 0, n_samples=11, generator=generator, **settings)


def test_smoothgrad_of_a_square_is_the_noisy_input():
    x = nets.images(2, size=4, dtype=DOUBLE) * 0.5
    generator = torch.Generator().manual_seed(3)
    noise = torch.stack([torch.randn(x[0].shape, generator=generator, dtype=DOUBLE) for _ in range(22)])
    spread = 0.2 * (x.flatten(1).amax(1) - x.flatten(1).amin(1)).view(2, 1, 1, 1, 1)
    gradients = 2 * (x[:, None] + spread * noise.view(2, 11, *x.shape[1:]))
    expected = {
        "mean": gradients.mean(1),
        "square": gradients.square().mean(1),
        "variance": gradients.var(1, unbiased=False),
    }
    for kind, value in expected.items():
        torch.testing.assert_close(smooth(Square(), x, noise_level=0.2, kind=kind), value)


def test_smoothgrad_repeats_itself_and_follows_its_generator():
    model, x = nets.seeded(nets.Modular), nets.images()
    assert torch.equal(smoothgrad(model, x, n_samples=3), smoothgrad(model, x, n_samples=3))
    generator = torch.Generator().manual_seed(0)
    first = smoothgrad(model, x, n_samples=3, generator=generator)
    assert torch.equal(first, smoothgrad(model, x, n_samples=3))
    assert not torch.allclose(first, smoothgrad(model, x, n_samples=3, generator=generator))


@pytest.mark.parametrize("size", [1, 2, 5, 8])
def test_smoothgrads_noise_does_not_depend_on_the_chunk(size):
    x = nets.images(3, size=size, dtype=DOUBLE)
    torch.testing.assert_close(smoothgrad(Square(), x, batch_size=5), smoothgrad(Square(), x, batch_size=16))


def test_smoothgrad_without_noise_is_the_gradient():
    model, x = nets.seeded(nets.Modular, dtype=DOUBLE), nets.images(dtype=DOUBLE)
    torch.testing.assert_close(smoothgrad(model, x, n_samples=3, noise_level=0), saliency(model, x))
    assert smoothgrad(model, x, n_samples=3, noise_level=0, kind="variance").max() < 1e-15


def test_the_variance_of_nearly_equal_gradients_does_not_cancel():
    class Steep(Square):
        """Scores 1000 Σx + Σx²: gradients that differ in their fifth digit alone."""

        def forward(self, x):
            return super().forward(x) + 1000 * x.flatten(1).sum(1, keepdim=True)

    x = nets.images()  # in single precision, in which the difference of two means of squares would be noise
    gentle, steep = (smooth(net, x, kind="variance", noise_level=0.01) for net in (Square(), Steep()))
    torch.testing.assert_close(steep, gentle, rtol=0.02, atol=0.02 * gentle.mean().item())


@pytest.mark.parametrize("method", [integrated_gradients, smoothgrad])
def test_sums_have_a_fixed_order(method, monkeypatch):
    monkeypatch.setattr(
        torch.Tensor, "index_add_", None, raising=False
    )  # on CUDA it adds in another order at each call
    assert method(nets.seeded(nets.Modular), nets.images(), batch_size=5).abs().max() > 0


def test_copies_are_asked_about_the_class_of_the_clean_image():
    class Flips(nn.Module):
        """Predicts class 0 near white and class 1 towards black."""

        def forward(self, x):
            mean = x.mean((1, 2, 3))
            return torch.stack([2 * mean, 1 + 0 * mean], dim=1)

    white = torch.ones(1, 3, 8, 8)
    assert integrated_gradients(Flips(), white).sum().item() == pytest.approx(2)


@pytest.mark.parametrize("name", methods.CLASSIFIER)
@pytest.mark.parametrize("target", [None, 2, torch.tensor([5, 0, 1, 3, 4])], ids=["predicted", "one", "each"])
def test_images_and_chunks_do_not_mix(name, target):
    model, x = nets.seeded(nets.Modular, dtype=DOUBLE), nets.images(5, dtype=DOUBLE)
    method = methods.CLASSIFIER[name]
    together = method(model, x, target, batch_size=64)
    torch.testing.assert_close(method(model, x, target, batch_size=3), together)
    if name != "smoothgrad":  # whose noise goes on from one image to the next
        each = [target if not isinstance(target, torch.Tensor) else target[i] for i in range(5)]
        alone = torch.cat([method(model, x[i : i + 1], each[i]) for i in range(5)])
        torch.testing.assert_close(alone, together)


@pytest.mark.parametrize("name", methods.GRADIENT)
def test_clips_and_tables(name):
    clip = torch.rand(2, 5, 3, 12, 12, generator=torch.Generator().manual_seed(0))
    table = torch.randn(4, 7, generator=torch.Generator().manual_seed(0))
    for build, x in ((nets.ForClips, clip), (nets.for_tables, table)):
        ours = methods.GRADIENT[name](nets.seeded(build), x)
        assert ours.shape == x.shape
        assert ours.abs().amax(tuple(range(1, x.ndim))).min() > 0


def test_a_tables_saliency_is_the_weights():
    model = nn.Linear(7, 3).double()
    x = torch.zeros(4, 7, dtype=DOUBLE)
    torch.testing.assert_close(saliency(model, x, 1), model.weight[1].detach().expand(4, 7))


@pytest.mark.parametrize("name", methods.GRADIENT)
@pytest.mark.parametrize("layer", ["conv1", "relu2", "head"])
def test_any_unit_of_any_layer(name, layer):
    model, x = nets.seeded(nets.Modular, dtype=DOUBLE), nets.images(dtype=DOUBLE)
    method = methods.GRADIENT[name]
    with torch.no_grad():
        outputs = {"conv1": model.conv1(x), "head": model(x)}
        outputs["relu2"] = model.relu2(model.norm(model.conv2(model.pool(model.relu1(outputs["conv1"])))))
    sizes = outputs[layer].shape[1:]
    unit = (3, 4, 5)[: len(sizes)]
    one = method(model, x, unit, layer=layer)
    assert one.shape == x.shape
    torch.testing.assert_close(method(model, x, torch.tensor([unit] * 3), layer=layer), one)
    strongest = torch.stack(torch.unravel_index(outputs[layer].flatten(1).argmax(1), sizes), 1)
    torch.testing.assert_close(method(model, x, layer=layer), method(model, x, strongest, layer=layer))


def test_a_channel_is_the_sum_of_its_units():
    model, x = nets.seeded(nets.Modular, dtype=DOUBLE), nets.images(1, size=8, dtype=DOUBLE)
    units = [saliency(model, x, (2, i, j), layer="conv2") for i in range(4) for j in range(4)]
    torch.testing.assert_close(saliency(model, x, 2, layer="conv2"), sum(units))
    row = [saliency(model, x, (2, 1, j), layer="conv2") for j in range(4)]
    torch.testing.assert_close(saliency(model, x, (2, 1), layer="conv2"), sum(row))


def test_a_unit_of_the_first_layer_shows_its_kernel():
    model, x = nets.seeded(nets.Modular, dtype=DOUBLE), nets.images(1, dtype=DOUBLE)
    for method in (saliency, guided_backprop):
        ours = method(model, x, (3, 10, 12), layer="conv1")
        expected = torch.zeros_like(x)
        expected[0, :, 8:13, 10:15] = model.conv1.weight[3].detach()
        torch.testing.assert_close(ours, expected)


def test_a_score_that_ignores_the_input_has_no_gradient():
    class Constant(nn.Module):
        def forward(self, x):
            return torch.ones(len(x), 2)

    with pytest.raises(ValueError, match="does not depend on the input"):
        saliency(Constant(), nets.images())
