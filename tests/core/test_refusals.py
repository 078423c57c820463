"""Nets that are refused, and what is said of them; and those that work and go on working."""

import pytest
import torch
from torch import Tensor, nn

from coursekit import attacks, attribution
from coursekit.embeddings import features
from coursekit.filters import activation_peaks, activation_ranges, map_layers, receptive_field
from coursekit.models import training
from coursekit.synthesis import deep_dream, invert, layer, maximize
from tests.attacks.methods import ATTACKS
from tests.attribution import methods, nets

IMAGES = (nets.images(3, size=20) * 255).round() / 255
LABELS = torch.tensor([0, 1, 2])
FAMILIES = {
    **{name: lambda m, x, f=f: f(m, x) for name, f in (methods.ALL | methods.METRICS).items()},
    **{name: lambda m, x, f=f: f(m, x, LABELS) for name, (f, _, _) in ATTACKS.items()},
    "map_layers": map_layers,
    "activation_ranges": activation_ranges,
    "receptive_field": lambda m, x: receptive_field(m, x, "conv1"),
    "activation_peaks": lambda m, x: activation_peaks(m, x, ["conv1"], quiet=True),
    "features": features,
    "maximize": lambda m, x: maximize(m, 1, size=20, steps=2),
    "deep_dream": lambda m, x: deep_dream(m, x, layer("conv2"), octaves=1, steps=1),
    "invert": lambda m, x: invert(m, torch.rand(1, 6), size=20, steps=1),
    "evaluate": lambda m, x: training.evaluate(m, x, LABELS),
    "fit": lambda m, x: training.fit(m, x, LABELS, quiet=True),
}


class Lazy(nets.Modular):
    def __init__(self) -> None:
        super().__init__()
        self.conv2 = nn.LazyConv2d(8, 3, padding=1)


@pytest.mark.parametrize("name", FAMILIES)
def test_lazy_layers_that_have_not_run_are_named(name: str) -> None:
    model = Lazy().eval()
    with pytest.raises(ValueError, match=r"layer 'conv2' is lazy .* run a batch first, model\(x\)"):
        FAMILIES[name](model, IMAGES)
    assert isinstance(model.conv2, nn.LazyConv2d)
    model(IMAGES)
    assert attribution.saliency(model, IMAGES).any()


class Program:
    """Something that can be called, and is no module."""

    def __call__(self, x: Tensor) -> Tensor:
        return x.mean((2, 3))


NO_NETS = {
    "callable": (Program(), "a Program: give the net itself"),
    "class": (nets.Modular, "the class Modular"),
    "function": (lambda x: x.mean((2, 3)), "a function"),
}


@pytest.mark.parametrize(("model", "message"), NO_NETS.values(), ids=NO_NETS)
@pytest.mark.parametrize("name", FAMILIES)
def test_what_is_no_net_is_named(name: str, model, message: str) -> None:
    with pytest.raises(TypeError, match=f"model: wanted an nn.Module, got {message}"):
        FAMILIES[name](model, IMAGES)


def test_an_exported_program_is_no_net() -> None:
    program = torch.export.export(nets.seeded(nets.Modular), (IMAGES,))
    with pytest.raises(TypeError, match="got an ExportedProgram: give the eager net"):
        attribution.saliency(program, IMAGES)


def compiled(model: nn.Module) -> nn.Module:
    return torch.compile(model, backend="eager")


def compiled_in_place(model: nn.Module) -> nn.Module:
    model.compile(backend="eager")
    return model


def traced(model: nn.Module) -> nn.Module:
    return torch.jit.trace(model, IMAGES.to(model[0].weight.dtype))


COMPILERS = [compiled, compiled_in_place, traced, torch.jit.script]
HOOKED = {
    **{
        name: methods.CLASSIFIER[name] for name in (*methods.CAM, "guided_backprop", "guided_grad_cam", "lrp")
    },
    "layer": lambda m, x: attribution.saliency(m, x, 1, layer="conv2"),
    "last_map": attribution.last_map,
    **{
        name: FAMILIES[name]
        for name in ("map_layers", "activation_ranges", "activation_peaks", "features", "deep_dream")
    },
}


def scriptable() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 8, 5, padding=2),
        nn.ReLU(),
        nn.Conv2d(8, 12, 3),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(12, 6),
    )


@pytest.mark.filterwarnings("ignore:.*torch.jit.*:FutureWarning", "ignore:.*torch.jit.*:DeprecationWarning")
@pytest.mark.parametrize("compiler", COMPILERS, ids=lambda compiler: compiler.__name__)
@pytest.mark.parametrize("name", HOOKED)
def test_compiled_code_is_not_hooked_in_vain(name: str, compiler) -> None:
    model = compiler(nets.seeded(scriptable))
    model(IMAGES)  # a net that has run once is the one that passes hooks over
    with pytest.raises(ValueError, match=r"is compiled \(.*give the eager net|no layer is called 'conv"):
        HOOKED[name](model, IMAGES)


PLAIN = {
    **{name: methods.GRADIENT[name] for name in ("saliency", "integrated_gradients", "smoothgrad")},
    "occlusion": methods.CLASSIFIER["occlusion"],
    **{name: methods.METRICS[name] for name in ("deletion", "insertion")},
    **{name: FAMILIES[name] for name in ("pgd", "deepfool", "one pixel", "universal l2", "maximize")},
}


@pytest.mark.filterwarnings("ignore:.*torch.jit.*:FutureWarning", "ignore:.*torch.jit.*:DeprecationWarning")
@pytest.mark.parametrize("compiler", COMPILERS, ids=lambda compiler: compiler.__name__)
@pytest.mark.parametrize("name", PLAIN)
def test_compiled_nets_are_asked_where_that_is_right(name: str, compiler) -> None:
    expected = PLAIN[name](nets.seeded(scriptable, dtype=torch.float64), IMAGES.double())
    model = compiler(nets.seeded(scriptable, dtype=torch.float64))
    torch.testing.assert_close(PLAIN[name](model, IMAGES.double()), expected)


def test_an_eager_layer_beside_a_compiled_one_is_hooked() -> None:
    model = nets.seeded(scriptable)
    expected = attribution.grad_cam(model, IMAGES, 1, layer="2")
    model[0] = torch.compile(model[0], backend="eager")
    assert torch.equal(attribution.grad_cam(model, IMAGES, 1, layer="2"), expected)
    with pytest.raises(ValueError, match=r"layer '0' is compiled \(OptimizedModule\)"):
        attribution.grad_cam(model, IMAGES, 1, layer="0._orig_mod")


NEEDS_NO_GRADIENT = {"occlusion", "deletion", "insertion", "one pixel", "three pixels", "by evolution"}
NEEDS_NO_GRADIENT |= {"map_layers", "features", "evaluate", "randomisation"}


@pytest.mark.parametrize("name", sorted({*FAMILIES} - {"fit", "segmentation_saliency"}))
def test_nets_made_in_inference_mode_are_named_where_a_gradient_is_wanted(name: str) -> None:
    with torch.inference_mode():
        model = nets.seeded(nets.Modular)
    if name in NEEDS_NO_GRADIENT:
        FAMILIES[name](model, IMAGES)
        return
    with pytest.raises(ValueError, match=r"in inference mode.* make or load it outside"):
        FAMILIES[name](model, IMAGES)


VOLUME = torch.rand(2, 1, 16, 12, 12)


def test_volumes_are_refused_by_name() -> None:
    model = nn.Sequential(nn.Conv3d(1, 16, 3), nn.ReLU(), nn.Conv3d(16, 4, 3), nn.Flatten(2), nn.Flatten())
    message = r"volumes \(N, C, D, H, W\) with 1 channels; .* clips \(N, T, C, H, W\)"
    with pytest.raises(ValueError, match=message):
        attribution.saliency(model, VOLUME)
    with pytest.raises(ValueError, match=message):
        attribution.lrp(model, VOLUME)
    with pytest.raises(ValueError, match="Clips and volumes are not taken here"):
        attribution.occlusion(model, VOLUME)
    with pytest.raises(ValueError, match="Clips and volumes are not taken here"):
        attacks.fgsm(model, VOLUME, [0, 1], eps=0.1)


def test_the_way_out_for_volumes_works() -> None:
    class Turned(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.head = nn.Conv3d(1, 16, 3), nn.Linear(16, 4)

        def forward(self, x: Tensor) -> Tensor:
            return self.head(self.conv(x.transpose(1, 2)).relu().mean((2, 3, 4)))

    found = attribution.saliency(nets.seeded(Turned), VOLUME.transpose(1, 2), 1)
    assert found.shape == (2, 16, 1, 12, 12)
    assert found.any()
