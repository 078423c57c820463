"""``ck.wrap``: nets of any origin, under every method of the course."""

from collections import OrderedDict, namedtuple
from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F
import torchvision
from torch import Tensor, nn

import coursekit as ck
from coursekit import attacks, attribution
from coursekit.models.networks import Normalise
from tests.attacks.methods import ASKING, ATTACKS
from tests.attribution import methods, nets
from tests.attribution.test_errors import Gives

IMAGES = (nets.images(3, size=20) * 255).round() / 255
LABELS = torch.tensor([0, 1, 2])
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
Outputs = namedtuple("Outputs", ["logits", "aux"])


class ModelOutput(OrderedDict):
    """As Hugging Face's nets put out: a dict, a tuple and an object in one."""

    def __getattr__(self, name: str):
        return self[name]


MAPS = torch.rand(3, 8, 4, 4)
KINDS = {
    "a tensor": lambda s: s,
    ".logits": lambda s: SimpleNamespace(logits=s, hidden=MAPS),
    "ModelOutput": lambda s: ModelOutput(loss=None, logits=s, hidden_states=(MAPS,)),
    "namedtuple": lambda s: Outputs(s, 2 * s),
    "tuple": lambda s: (s, 2 * s),
    "list": lambda s: [s, MAPS],
    "dict of logits": lambda s: {"aux": 2 * s, "logits": s},
    "dict with one (N, K)": lambda s: {"maps": MAPS, "prediction": s},
}


@pytest.mark.parametrize("kind", KINDS)
def test_scores_are_taken_out_of_what_a_net_gives(kind: str) -> None:
    plain = nets.seeded(nets.Modular)
    wrapped = ck.wrap(nn.Sequential(plain, Gives(KINDS[kind])))
    assert torch.equal(wrapped(IMAGES), plain(IMAGES))
    assert torch.equal(attribution.saliency(wrapped, IMAGES), attribution.saliency(plain, IMAGES))
    assert torch.equal(attribution.grad_cam(wrapped, IMAGES), attribution.grad_cam(plain, IMAGES))


def test_maps_of_scores_are_taken_out_of_torchvisions_dict() -> None:
    plain = nets.seeded(nets.for_masks)
    wrapped = ck.wrap(nn.Sequential(plain, Gives(lambda s: {"out": s, "aux": 2 * s})), mean=MEAN, std=STD)
    by_hand = nn.Sequential(Normalise(MEAN, STD), plain)
    expected = attribution.segmentation_saliency(by_hand, IMAGES)
    assert torch.equal(attribution.segmentation_saliency(wrapped, IMAGES), expected)


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        (
            lambda s: {"a": s, "b": s},
            r"a dict with 'a' \(3, 6\), 'b' \(3, 6\); wanted 'logits', 'out' or one",
        ),
        (lambda s: {"maps": MAPS}, r"a dict with 'maps' \(3, 8, 4, 4\)"),
        (lambda s: {}, "a dict with nothing"),
        (lambda s: ((s,), s), "a tuple without scores"),
        (lambda s: (), "a tuple without scores"),
        (lambda s: SimpleNamespace(scores=s), "a SimpleNamespace without scores"),
    ],
)
def test_outputs_without_scores_are_described(outputs, message: str) -> None:
    model = ck.wrap(nn.Sequential(nets.seeded(nets.Modular), Gives(outputs)))
    with pytest.raises(ValueError, match=message):
        attribution.saliency(model, IMAGES)


@pytest.mark.parametrize("mean", [MEAN, list(MEAN), torch.tensor(MEAN), 0.5])
def test_normalisation_is_a_layer_in_front(mean) -> None:
    plain = nets.seeded(nets.Modular)
    model = ck.wrap(plain, mean=mean, std=STD)
    row = torch.as_tensor(mean).expand(3).view(3, 1, 1)
    expected = plain((IMAGES - row) / torch.tensor(STD).view(3, 1, 1))
    torch.testing.assert_close(model(IMAGES), expected)
    assert [*dict(model.named_children())] == ["normalise", "net", "scores"]


ATTACKED = ("fgsm", "deepfool", "one pixel", "patch", "masked", "universal l2", "by gradient", "by evolution")


def everything(model: nn.Module) -> dict:
    """What methods of every kind find."""
    found = {name: method(model, IMAGES, 1) for name, method in methods.CLASSIFIER.items()}
    found |= {name: methods.METRICS[name](model, IMAGES) for name in ("deletion", "insertion")}
    found |= {name: ATTACKS[name][0](model, IMAGES, LABELS) for name in ATTACKED}
    found["transfer_matrix"] = ASKING["transfer_matrix"](model, IMAGES, LABELS)
    found["features"] = ck.features(model, IMAGES)
    return found | {"maximize": ck.maximize(model, 1, size=20, steps=2)}


def test_every_method_works_through_it() -> None:
    """As on the same net with a layer in front that normalises, and no other."""
    plain = nets.seeded(nets.Modular)
    by_hand = nn.Sequential(OrderedDict(normalise=Normalise(MEAN, STD), net=plain))
    model = ck.wrap(nn.Sequential(plain, Gives(lambda s: (s, MAPS))), mean=MEAN, std=STD)
    expected = everything(by_hand)
    for name, found in everything(model).items():
        assert torch.equal(found, expected[name]), name


def test_layers_keep_their_names() -> None:
    model = ck.wrap(torchvision.models.resnet18(num_classes=4).eval(), mean=MEAN, std=STD)
    x = nets.images(2, size=64)
    assert ck.last_map(model, x) == "net.layer4"
    named = ck.grad_cam(model, x, 1, layer="net.layer4")
    assert torch.equal(named, ck.grad_cam(model, x, 1))
    assert ck.saliency(model, x, (3, 1, 1), layer="net.layer3.0.conv1").any()
    assert ck.lrp(model, x, 1, composite="epsilon-gamma-box").any()
    small = ck.wrap(nets.seeded(nets.Modular), mean=MEAN, std=STD)
    assert next(iter(ck.randomisation(small, IMAGES, ck.saliency))) == "net.head"


def test_googlenet_in_training_gives_a_namedtuple() -> None:
    model = torchvision.models.googlenet(num_classes=4, init_weights=False)
    x = nets.images(2, size=64)
    wrapped = ck.wrap(model, mean=MEAN, std=STD)
    assert wrapped.training
    assert isinstance(model(x), tuple)
    assert wrapped(x).shape == (2, 4)
    assert ck.saliency(wrapped, x).shape == x.shape
    assert wrapped.training
    assert model.training


def test_the_net_is_neither_copied_nor_changed() -> None:
    plain = nets.Modular()
    plain.conv1.requires_grad_(False)
    plain.norm.eval()
    before = {name: (layer.training, len(layer._forward_hooks)) for name, layer in plain.named_modules()}
    asks = [weight.requires_grad for weight in plain.parameters()]
    model = ck.wrap(plain, mean=MEAN, std=STD, classes=[*"abcdef"])
    assert model.net is plain
    assert {n: (layer.training, len(layer._forward_hooks)) for n, layer in plain.named_modules()} == before
    assert [weight.requires_grad for weight in plain.parameters()] == asks
    assert model.training
    assert not ck.wrap(nets.Modular().eval()).training
    assert not any(layer.training for layer in ck.wrap(nets.Modular().eval(), mean=0.5, std=1).modules())


def test_it_is_of_the_nets_type() -> None:
    plain = nets.seeded(nets.Modular, dtype=torch.float64)
    x = IMAGES.double()
    found = ck.wrap(plain, mean=MEAN, std=STD)(x)
    row, scale = (torch.tensor(v, dtype=torch.float64).view(3, 1, 1) for v in (MEAN, STD))
    torch.testing.assert_close(found, plain((x - row) / scale), rtol=1e-6, atol=1e-6)
    assert found.dtype == torch.float64


def test_names_of_classes() -> None:
    plain = nets.seeded(nets.Modular)
    assert ck.wrap(plain).classes == ()
    assert ck.wrap(plain, classes=[*"abcdef"]).classes == tuple("abcdef")
    plain.classes = tuple("ghijkl")
    assert ck.wrap(plain).classes == tuple("ghijkl")
    with pytest.raises(ValueError, match=r"classes: got 3 names, but the net gives \(3, 6\)"):
        ck.wrap(plain, classes=[*"abc"])(IMAGES)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"mean": 0.5}, "wanted both mean and std"),
        ({"std": 0.5}, "wanted both mean and std"),
        ({"mean": MEAN, "std": (0.5, 0.5)}, "for each channel or for all"),
        ({"mean": (), "std": 1}, "for each channel or for all"),
        ({"mean": MEAN, "std": 0}, "std above 0"),
        ({"mean": MEAN, "std": float("nan")}, "std above 0"),
        ({"mean": float("inf"), "std": 1}, "finite"),
    ],
)
def test_bad_normalisation(settings, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ck.wrap(nets.Modular(), **settings)


def test_normalisation_is_not_done_twice() -> None:
    model = ck.wrap(nets.Modular(), mean=MEAN, std=STD)
    with pytest.raises(ValueError, match="normalises already, in layer 'normalise'"):
        ck.wrap(model, mean=MEAN, std=STD)
    assert torch.equal(ck.wrap(model.eval())(IMAGES), model(IMAGES))


def logit_net(squeezed: bool) -> nn.Module:
    net = nets.seeded(nets.Modular, dtype=torch.float64)
    net.head = nets.seeded(lambda: nn.Linear(12, 1), dtype=torch.float64)
    return nn.Sequential(net, Gives(lambda s: 9 * s[:, 0])) if squeezed else net


@pytest.mark.parametrize("squeezed", [False, True], ids=["(N, 1)", "(N,)"])
def test_of_one_logit_two_scores_are_made_whose_softmax_is_the_sigmoid(squeezed: bool) -> None:
    plain, x = logit_net(squeezed), IMAGES.double()
    model = ck.wrap(plain, classes=("no", "yes"))
    yes = plain(x).reshape(-1).sigmoid()
    torch.testing.assert_close(model(x).softmax(1), torch.stack([1 - yes, yes], 1))
    found = attribution.occlusion(model, x, 1, size=20, stride=20, fill="zero")
    expected = yes - plain(torch.zeros_like(x)).reshape(-1).sigmoid()
    torch.testing.assert_close(found[:, 0, 0, 0], expected)
    curve = attribution.deletion(model, x, x.mean(1), 1, steps=2, fill="zero")
    torch.testing.assert_close(curve[:, 0], yes)
    adversarial = attacks.fgsm(model, x, [1, 1, 1], eps=0.02)
    leaf = x.clone().requires_grad_()
    (slope,) = torch.autograd.grad(F.logsigmoid(plain(leaf)).sum(), leaf)
    torch.testing.assert_close(adversarial, (x - 0.02 * slope.sign()).clamp(0, 1))


def test_both_classes_of_one_logit_can_be_explained() -> None:
    plain, x = logit_net(False), IMAGES.double()
    model = ck.wrap(plain, classes=("no", "yes"))
    for name in ("saliency", "input_x_gradient", "integrated_gradients", "lrp"):
        method, expected = methods.CLASSIFIER[name], methods.CLASSIFIER[name](plain, x, 0) / 2
        torch.testing.assert_close(method(model, x, 1), expected)
        torch.testing.assert_close(method(model, x, 0), -expected)
        assert expected.any()


def test_every_method_works_on_one_logit() -> None:
    model = ck.wrap(
        nets.seeded(lambda: nn.Sequential(nets.Modular(), nn.Linear(6, 1))), classes=("no", "yes")
    )
    labels = torch.tensor([0, 1, 1])
    for name in sorted({*methods.CLASSIFIER} - {"cam"}):
        methods.CLASSIFIER[name](model, IMAGES)
    for name in sorted({*ATTACKED} - {"patch"}):
        ATTACKS[name][0](model, IMAGES, labels)
    assert 0 <= ck.evaluate(model, IMAGES, labels) <= 1


NORMALISED = {
    "ImageNet's": (IMAGES - torch.tensor(MEAN).view(3, 1, 1)) / torch.tensor(STD).view(3, 1, 1),
    "−1 to 1": 2 * IMAGES - 1,
}


@pytest.mark.parametrize("x", NORMALISED.values(), ids=NORMALISED)
def test_normalised_pictures_name_the_remedy(x: Tensor) -> None:
    for ask in (
        lambda m: ck.saliency(m, x),
        lambda m: ck.grad_cam(m, x),
        lambda m: ck.fgsm(m, x, LABELS, eps=0.1),
        lambda m: ck.features(m, x),
    ):
        with pytest.raises(ValueError, match=r"look normalised: .*ck.wrap\(model, mean=…, std=…\)"):
            ask(nets.Modular())


@pytest.mark.parametrize("x", [IMAGES - 0.01, IMAGES * 1.2, IMAGES * 255, IMAGES * 255 - 128])
def test_other_pictures_do_not(x: Tensor) -> None:
    with pytest.raises(ValueError, match=r"wanted \[0, 1\]") as error:
        ck.saliency(nets.Modular(), x)
    assert "wrap" not in str(error.value)


@pytest.mark.parametrize("kind", sorted({*KINDS} - {"a tensor"}))
def test_outputs_that_are_no_tensor_name_the_remedy(kind: str) -> None:
    model = nn.Sequential(nets.seeded(nets.Modular), Gives(KINDS[kind]))
    model.classes = tuple("abcdef")
    for ask in (
        ck.saliency,
        ck.occlusion,
        ck.grad_cam,
        ck.lrp,
        lambda m, x: ck.pgd(m, x, LABELS, eps=0.1),
        lambda m, x: ck.maximize(m, 1, size=20, steps=1),
        lambda m, x: ck.evaluate(m, x, LABELS),
        lambda m, x: ck.predicted(m, x),
    ):
        with pytest.raises(ValueError, match=r"ck.wrap\(model\)"):
            ask(model, IMAGES)
