"""fit, evaluate and the recipes: learning, resuming, refusing."""

from pathlib import Path

import pytest
import torch
from torch import nn

from coursekit.models.training import Settings, TrainingError, evaluate, fit


@pytest.fixture
def data() -> tuple[torch.Tensor, torch.Tensor]:
    """Bright and dark pictures: learnt within an epoch or two."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.randint(2, (256,), generator=generator)
    noise = torch.rand(256, 1, 8, 8, generator=generator)
    return (noise * 0.5 + 0.5 * labels.view(-1, 1, 1, 1)).clamp(0, 1), labels


def small_net() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(288, 2))


def weights(model: nn.Module) -> torch.Tensor:
    return torch.cat([value.flatten().float() for value in model.state_dict().values()])


def test_fit_learns_and_reports_each_epoch(data) -> None:
    model = small_net()
    history = fit(model, *data, Settings(epochs=3, lr=1e-2), quiet=True)
    assert len(history.losses) == 3
    assert history.losses[-1] < history.losses[0] / 2
    assert history.seconds > 0
    assert evaluate(model, *data) > 0.98
    assert not model.training


def test_bytes_train_like_floats(data) -> None:
    images, labels = data
    as_bytes = (images * 255).round().to(torch.uint8)
    one, other = small_net(), small_net()
    fit(one, as_bytes, labels, Settings(epochs=1), quiet=True)
    fit(other, as_bytes.float() / 255, labels, Settings(epochs=1), quiet=True)
    torch.testing.assert_close(weights(one), weights(other))


def test_mirror_shows_half_of_the_images_turned_round(data) -> None:
    images, labels = data
    seen: list[torch.Tensor] = []

    def watching(done: float):
        return lambda model, x, y: seen.append(x.clone()) or x

    fit(small_net(), images, labels, Settings(epochs=2, mirror=True), attack=watching, quiet=True)
    shown = torch.cat(seen)
    as_drawn, turned = (
        (shown.unsqueeze(1) == one.flatten(1).view(1, 256, 1, 8, 8)).flatten(2).all(2).any(1)
        for one in (images, images.flip(-1))
    )
    assert (as_drawn ^ turned).all()
    assert 0.4 < turned.float().mean() < 0.6


def test_shift_shows_each_image_moved_by_a_pixel_or_none(data) -> None:
    images, labels = data
    seen: list[torch.Tensor] = []
    settings = Settings(epochs=2, shift=1)
    fit(
        small_net(),
        images,
        labels,
        settings,
        attack=lambda _: lambda m, x, y: seen.append(x) or x,
        quiet=True,
    )
    shown = torch.cat(seen).flatten(1)
    shifts = [(rows, columns) for rows in (-1, 0, 1) for columns in (-1, 0, 1)]
    moved = torch.stack([(shown[:, None] == images.roll(s, (2, 3)).flatten(1)).all(2).any(1) for s in shifts])
    assert (moved.sum(0) == 1).all()
    assert moved.float().mean(1).min() > 0.05


def test_a_killed_training_goes_on_as_if_it_had_not_been(data, tmp_path: Path) -> None:
    settings = Settings(epochs=3, noise=0.1, mirror=True, shift=1)
    whole, killed = small_net(), small_net()
    losses = fit(whole, *data, settings, quiet=True).losses

    checkpoint = tmp_path / "checkpoint.partial"

    def dying_attack(done: float):
        if done > 0.5:
            raise KeyboardInterrupt
        return lambda model, x, y: x

    with pytest.raises(KeyboardInterrupt):
        fit(killed, *data, settings, attack=dying_attack, checkpoint=checkpoint, quiet=True)
    resumed = small_net()
    history = fit(resumed, *data, settings, checkpoint=checkpoint, quiet=True)
    assert history.losses == pytest.approx(losses, rel=1e-5)
    torch.testing.assert_close(weights(resumed), weights(whole), rtol=1e-4, atol=1e-5)


def test_a_state_of_other_settings_is_refused(data, tmp_path: Path) -> None:
    checkpoint = tmp_path / "checkpoint.partial"
    fit(small_net(), *data, Settings(epochs=1), checkpoint=checkpoint, quiet=True)
    with pytest.raises(ValueError, match="delete it to start again"):
        fit(small_net(), *data, Settings(epochs=2), checkpoint=checkpoint, quiet=True)


def test_a_state_of_other_images_is_refused(data, tmp_path: Path) -> None:
    checkpoint = tmp_path / "checkpoint.partial"
    images, labels = data
    fit(small_net(), images, labels, Settings(epochs=1), checkpoint=checkpoint, quiet=True)
    with pytest.raises(ValueError, match="delete it to start again"):
        fit(small_net(), images[:128], labels[:128], Settings(epochs=1), checkpoint=checkpoint, quiet=True)


@pytest.mark.parametrize(
    ("change", "message"),
    [(lambda x, y: (x * 255, y), "divide by 255"), (lambda x, y: (x, y - 1), "from -1")],
)
def test_pixels_and_labels_out_of_range_are_named(change, message: str, data) -> None:
    with pytest.raises(ValueError, match=message):
        fit(small_net(), *change(*data), quiet=True)


def test_the_attack_is_what_the_net_sees(data) -> None:
    seen: list[float] = []

    def attack(done: float):
        seen.append(done)
        return lambda model, x, y: torch.zeros_like(x)

    model = small_net()
    fit(model, *data, Settings(epochs=2, lr=1e-2), attack=attack, quiet=True)
    assert seen[0] == 0
    assert 0.5 < seen[-1] < 1
    assert evaluate(model, *data) < 0.8


def test_a_net_that_begins_far_from_guessing_is_refused(data) -> None:
    model = small_net()
    with torch.no_grad():
        model[-1].weight.mul_(1000)
    with pytest.raises(TrainingError, match="initial weights"):
        fit(model, *data, quiet=True)


def test_labels_beyond_the_scores_are_refused(data) -> None:
    images, labels = data
    with pytest.raises(TrainingError, match="labels go up to 5"):
        fit(small_net(), images, labels * 5, quiet=True)


def test_a_diverging_training_is_stopped(data) -> None:
    with pytest.raises(TrainingError, match="lower lr"):
        fit(small_net(), *data, Settings(epochs=2, lr=1e6), quiet=True)


@pytest.mark.parametrize("function", [fit, evaluate])
def test_images_and_labels_must_fit(function, data) -> None:
    images, labels = data
    with pytest.raises(ValueError, match="N labels, got"):
        function(small_net(), images, labels[:-1])


def test_evaluate_leaves_the_mode_and_counts(data) -> None:
    images, labels = data
    model = small_net().train()

    class Constant(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = model

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.tensor([0.0, 1.0]).expand(len(x), 2)

    assert evaluate(Constant(), images, labels, batch_size=100) == pytest.approx(labels.float().mean().item())
    assert model.training
