"""Half precision: no method gives what only looks like a result."""

import pytest
import torch

from coursekit import attacks, attribution, synthesis
from coursekit.attribution.lrp.composites import COMPOSITES
from tests.attacks import methods as attacking
from tests.attribution import methods, nets

LABELS = torch.tensor([1, 3])
COARSE = [torch.float16, torch.bfloat16]
SYNTHESES = {
    "deep_dream": lambda m, x: synthesis.deep_dream(m, x, synthesis.layer("conv2"), octaves=1),
    "maximize": lambda m, _: synthesis.maximize(m, 3, size=20),
    "maximize by pixels": lambda m, _: synthesis.maximize(m, 3, size=20, image="pixels"),
    "invert": lambda m, _: synthesis.invert(m, torch.ones(1, 6, dtype=m.head.weight.dtype), size=20),
    "style_transfer": lambda m, x: synthesis.style_transfer(
        m, x, x[:1], content_layer="relu2", style_layers=["relu1"]
    ),
    "texture": lambda m, x: synthesis.texture(m, x[:1], style_layers=["relu1"], size=20),
}
EVERY = {
    **methods.CLASSIFIER,
    **{
        f"lrp {name}": lambda m, x, composite=name: attribution.lrp(m, x, composite=composite)
        for name in COMPOSITES
    },
    **methods.METRICS,
    **{
        f"attack {name}": lambda m, x, attack=attack: attack(m, x, LABELS)
        for name, (attack, *_) in attacking.ATTACKS.items()
        if not name.startswith("8-bit")  # which finds that pixels of half precision are no grey levels
    },
    **{name: lambda m, x, ask=ask: ask(m, x, LABELS) for name, ask in attacking.ASKING.items()},
    **SYNTHESES,
}


@pytest.mark.parametrize("dtype", COARSE, ids=str)
@pytest.mark.parametrize("method", EVERY.values(), ids=EVERY)
def test_a_net_of_half_precision_is_refused_with_a_remedy(method, dtype):
    model = nets.seeded(nets.Modular).to(dtype)
    message = f"got {dtype}, too coarse for .*; wanted float32: use copy.deepcopy\\(model\\).float\\(\\)"
    with pytest.raises(ValueError, match=message):
        method(model, nets.images(2, size=20).to(dtype))


@pytest.mark.parametrize("dtype", COARSE, ids=str)
def test_an_input_of_half_precision_or_a_single_such_layer_is_refused_too(dtype):
    model, x = nets.seeded(nets.Modular), nets.images(2, size=20)
    with pytest.raises(ValueError, match=f"input: got {dtype}"):
        attribution.saliency(model, x.to(dtype))
    with pytest.raises(ValueError, match=f"input: got {dtype}"):
        attribution.saliency(nets.for_tables(), torch.zeros(2, 7, dtype=dtype))
    model.head.to(dtype)
    with pytest.raises(ValueError, match=f"weights: got {dtype}"):
        attribution.saliency(model, x)


IN_AUTOCAST = {
    "lrp": lambda m, x: attribution.lrp(m, x, composite="gamma"),
    "saliency": attribution.saliency,
    "grad_cam": attribution.grad_cam,
    "occlusion": methods.CLASSIFIER["occlusion"],
    "deletion": methods.METRICS["deletion"],
    "pgd": lambda m, x: attacks.pgd(m, x, LABELS, eps=0.02, steps=3),
    "maximize": lambda m, _: synthesis.maximize(m, 3, size=20, steps=2),
}


@pytest.mark.parametrize("method", IN_AUTOCAST.values(), ids=IN_AUTOCAST)
def test_autocast_of_the_caller_changes_nothing(method):
    model, x = nets.seeded(nets.Modular), nets.images(2, size=20)
    expected = method(model, x)
    with torch.autocast("cpu", torch.bfloat16):
        found = method(model, x)
        assert model(x).dtype == torch.bfloat16  # it still holds for the caller
    assert torch.equal(found, expected)
