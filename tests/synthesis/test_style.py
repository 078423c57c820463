import pytest
import torch
from torchvision.models.vgg import cfgs, make_layers

from coursekit.datasets.scenes import draw
from coursekit.models.checkpoints import STYLES, checkpoint_path, load_checkpoint, load_model, read_card
from coursekit.models.networks import StyleNet
from coursekit.synthesis import gram, stained_glass, style_loss, style_transfer, texture, total_variation
from coursekit.synthesis.descent import layer_outputs
from coursekit.synthesis.losses import relative_error
from coursekit.synthesis.style import STYLE_LAYERS, gram_matrices
from coursekit.workshop.recipes import style as stylerecipe
from coursekit.workshop.recipes.nets import make
from coursekit.workshop.recipes.style import train_style
from tests.attribution.nets import InPlace, Modular, images, seeded

LAYERS = ("relu1", "conv2")
NAMES = {"content_layer": "conv3", "style_layers": LAYERS}


def maps(*shape: int, seed: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def slow_gram(features: torch.Tensor) -> torch.Tensor:
    n, channels, height, width = features.shape
    found = torch.zeros(n, channels, channels, dtype=features.dtype)
    for image in range(n):
        for a in range(channels):
            for b in range(channels):
                for i in range(height):
                    for j in range(width):
                        found[image, a, b] += features[image, a, i, j] * features[image, b, i, j]
    return found / (height * width)


def test_gram_is_the_slow_loop() -> None:
    features = maps(2, 4, 3, 5, seed=0)
    torch.testing.assert_close(gram(features), slow_gram(features))
    torch.testing.assert_close(gram(features.repeat(1, 1, 2, 1)), gram(features))
    with pytest.raises(ValueError, match=r"maps \(N, C, h, w\), got shape \(2, 4\)"):
        gram(features[:, :, 0, 0])


def test_style_loss_is_the_slow_loop_with_one_style_for_all_or_one_each() -> None:
    outputs = {"a": maps(2, 3, 4, 4, seed=1), "b": maps(2, 5, 2, 2, seed=2)}
    for n in (1, 2):
        styles = {"a": slow_gram(maps(n, 3, 6, 6, seed=3)), "b": slow_gram(maps(n, 5, 3, 3, seed=4))}
        for image, found in enumerate(style_loss(outputs, styles)):
            wanted = 0.0
            for name, style in styles.items():
                own, other = slow_gram(outputs[name])[image], style[image % n]
                wanted += ((own - other) ** 2).sum() / (other**2).sum() / 2
            assert found.item() == pytest.approx(float(wanted))
    assert style_loss({"a": torch.zeros(1, 3, 4, 4)}, {"a": torch.zeros(1, 3, 3)}) == 0


@pytest.fixture
def style() -> torch.Tensor:
    return stained_glass(40)


def losses(net, x, style, layers=LAYERS):
    return style_loss(layer_outputs(net, x, layers), gram_matrices(net, style, layers))


@pytest.mark.parametrize("model", [Modular, InPlace])
def test_a_transfer_keeps_the_content_and_takes_the_style(model, style) -> None:
    net, content = seeded(model), draw(2, seed=3, size=32).images
    painted = style_transfer(net, content, style, steps=30, style_weight=30.0, tv_weight=0.0, **NAMES)
    assert painted.shape == content.shape
    assert 0 <= painted.min() < painted.max() <= 1
    assert (losses(net, painted, style) < 0.3 * losses(net, content, style)).all()
    kept = style_transfer(net, content, style, steps=30, style_weight=0.0, tv_weight=0.0, **NAMES)
    assert _content_loss(net, kept, content) < 0.02
    assert _content_loss(net, kept, content) < 0.2 * _content_loss(net, painted, content)


def _content_loss(net, x, content):
    found, wanted = (layer_outputs(net, pictures, ["conv3"])["conv3"] for pictures in (x, content))
    return ((found - wanted).square().sum((1, 2, 3)) / wanted.square().sum((1, 2, 3))).max()


def test_a_texture_has_the_style_and_comes_in_any_size(style) -> None:
    net, styles = seeded(Modular), torch.cat([style, 1 - style])
    woven, other = (texture(net, styles, size=32, style_layers=LAYERS, steps=30, seed=s) for s in (0, 1))
    assert woven.shape == (2, 3, 32, 32)
    for x in (torch.full_like(woven, 0.5), woven.flip(0)):
        assert (losses(net, woven, styles) < 0.3 * losses(net, x, styles)).all()
    assert not torch.allclose(woven, other)


def test_a_transfer_starts_from_the_content(style) -> None:
    content = draw(1, seed=3, size=32).images
    start = style_transfer(seeded(Modular), content, style, steps=1, lr=1e-6, **NAMES)
    torch.testing.assert_close(start, content.clamp(0.1, 0.9), atol=1e-3, rtol=0)


def test_total_variation_smooths(style) -> None:
    net, content = seeded(Modular), draw(1, seed=3, size=32).images
    painted, woven = {}, {}
    for weight in (0.0, 100.0):
        painted[weight] = style_transfer(net, content, style, steps=15, tv_weight=weight, **NAMES)
        woven[weight] = texture(net, style, size=32, style_layers=LAYERS, steps=15, tv_weight=weight)
    for made in (painted, woven):
        assert total_variation(made[100.0]) < 0.5 * total_variation(made[0.0])


def test_torchvisions_layers_will_do(style) -> None:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        net = make_layers(cfgs["D"][:3], batch_norm=False)
    names = {"content_layer": "2", "style_layers": ("0", "2")}
    painted = style_transfer(net, images(1, size=32), style, steps=3, **names)
    assert painted.shape == (1, 3, 32, 32)
    with pytest.raises(ValueError, match="no layer is called 'relu4'"):
        style_transfer(net, images(1, size=32), style)


def test_net_and_random_state_come_back_as_they_were(style) -> None:
    net, state = seeded(Modular).train(), torch.get_rng_state()
    for off in (torch.no_grad, torch.inference_mode):
        with off():
            style_transfer(net, images(1), style, steps=2, **NAMES)
            texture(net, style, size=24, steps=2, style_layers=LAYERS)
    assert torch.equal(torch.get_rng_state(), state)
    assert all(layer.training and not layer._forward_hooks for layer in net.modules())
    assert all(parameter.grad is None and parameter.requires_grad for parameter in net.parameters())


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"style_layers": ()}, "style_layers: there are none"),
        ({"content_layer": "conv9"}, "nearest"),
        ({"tv_weight": -1.0}, "tv_weight from 0 up"),
        ({"steps": 0}, "steps"),
    ],
)
def test_bad_settings_are_named(style, settings, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        style_transfer(seeded(Modular), images(1), style, **NAMES | settings)


def test_the_window_has_panes_of_one_colour_with_lead_between_them() -> None:
    window = stained_glass(96)
    assert window.shape == (1, 3, 96, 96)
    assert torch.equal(window, stained_glass(96))
    assert not torch.equal(window, stained_glass(96, seed=1))
    colours, counts = window.flatten(2)[0].T.unique(dim=0, return_counts=True)
    lead = (colours == torch.tensor(0.06)).all(1)
    assert lead.sum() == 1
    assert 0.1 < counts[lead].item() / 96**2 < 0.4
    assert 50 <= len(colours) <= 71


def test_a_style_net_learns_and_paints_pictures_of_any_size(style) -> None:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        net, judge = StyleNet(width=12, blocks=1), load_model("scenes-robust", device="cpu")
    x = draw(4, seed=5, size=32).images
    before = losses(judge, net(x), style, STYLE_LAYERS)
    train_style(net, judge, style, x, steps=25)
    assert (losses(judge, net(x), style, STYLE_LAYERS) < 0.8 * before).all()
    assert net(images(1, size=24)[:, :, :17]).shape == (1, 3, 17, 24)


def test_a_style_net_is_trained_for_content_and_smoothness_too(monkeypatch, style) -> None:
    judge, x = load_model("scenes-robust", device="cpu"), draw(4, seed=5, size=32).images
    kept = layer_outputs(judge, x, ["relu4"])["relu4"]
    goals = {
        0.0: (lambda painted: relative_error(layer_outputs(judge, painted, ["relu4"])["relu4"], kept), 0.8),
        1000.0: (total_variation, 0.1),
    }
    monkeypatch.setattr(stylerecipe, "STYLE_WEIGHT", 0.0)
    for weight, (goal, fallen) in goals.items():
        monkeypatch.setattr(stylerecipe, "VARIATION", weight)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            net = StyleNet(width=12, blocks=1)
        before = goal(net(x).detach())
        train_style(net, judge, style, x, steps=15)
        assert (goal(net(x).detach()) < fallen * before).all()


def test_the_recipe_writes_a_net_and_its_card(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(stylerecipe, "STEPS", 4)
    monkeypatch.setattr(stylerecipe, "draw", lambda n, **settings: draw(4, **settings))
    monkeypatch.setattr(stylerecipe, "seed_everything", lambda seed: None)
    monkeypatch.setenv("COURSEKIT_DEVICE", "cpu")
    with torch.random.fork_rng(devices=[]):
        make("style-glass", tmp_path)
    page = (tmp_path / "style-glass.md").read_text(encoding="utf-8")
    assert "coursekit train style-glass" in page
    assert "4 steps of 4 drawn scenes" in page
    net = load_checkpoint(tmp_path / "style-glass.safetensors")
    assert isinstance(net, StyleNet)
    x = draw(4, seed=2, size=96).images
    promised = page.split("fresh scenes painted: ")[1].split("\n")[0]
    judge = load_model("scenes-robust", device="cpu")
    found = losses(judge, net(x).detach(), stained_glass(), STYLE_LAYERS).mean().item()
    assert found == pytest.approx(float(promised), abs=0.002)
    with pytest.raises(ValueError, match=r"wanted one of .*style-glass"):
        make("style-mud", tmp_path)


@pytest.mark.parametrize("name", STYLES)
def test_shipped_style_nets_are_small_and_as_good_as_their_cards_say(name: str) -> None:
    net, card = load_model(name, device="cpu"), read_card(name)
    assert sum(parameter.numel() for parameter in net.parameters()) <= 200_000
    assert checkpoint_path(name).stat().st_size <= 1_000_000
    assert not any(layer.training for layer in net.modules())
    page = checkpoint_path(name).with_suffix(".md").read_text(encoding="utf-8")
    assert all(str(value) in page for value in (card["command"], *card["metrics"].values()))
    x, judge = draw(20, seed=77, size=96).images, load_model("scenes-robust", device="cpu")
    with torch.no_grad():
        painted = net(x)
    assert 0 <= painted.min() < painted.max() <= 1
    promised = card["metrics"]["style loss of 100 fresh scenes painted"]
    found = losses(judge, painted, stained_glass(), STYLE_LAYERS).mean().item()
    assert found == pytest.approx(promised, rel=0.2)
