"""The tokens of Hugging Face's and timm's vision transformers, where these libraries are installed.

The small nets of ``transformers``, which resemble them, are tried everywhere.
"""

import pytest
import torch
from torch import Tensor, nn

from coursekit import attribution, wrap
from tests.attribution import nets
from tests.attribution.transformers import DOUBLE, at_tokens, picture


class Answers(nn.Module):
    """Hugging Face's nets give their scores in an object."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, x: Tensor) -> Tensor:
        return self.model(x).logits


SMALL = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
PATCHES = {**SMALL, "image_size": 32, "patch_size": 8, "num_labels": 6}
HUGGING_FACE = {
    "ViT": (PATCHES, "layernorm_before", 1),
    "DeiT": (PATCHES, "layernorm_before", 2),
    "Beit": (PATCHES, "layernorm_before", 1),
    "Dinov2": (PATCHES, "norm1", 1),
    "Dinov2WithRegisters": ({**PATCHES, "num_register_tokens": 4}, "norm1", 5),
    "Swin": (
        {"image_size": 32, "patch_size": 2, "embed_dim": 8, "depths": [2, 2], "num_heads": [1, 2]}
        | {"window_size": 4, "num_labels": 6},
        "layernorm_before",
        0,
    ),
}


@pytest.mark.parametrize("name", HUGGING_FACE)
def test_hugging_face(name):
    transformers = pytest.importorskip("transformers")
    settings, norm, before = HUGGING_FACE[name]

    def build() -> nn.Module:
        config = getattr(transformers, f"{name}Config")(**settings)
        return Answers(getattr(transformers, f"{name}ForImageClassification")(config))

    model, x = nets.seeded(build, dtype=DOUBLE), picture(32, 32)
    for weight in model.parameters():
        weight.data.add_(torch.randn(weight.shape, generator=torch.Generator().manual_seed(0)), alpha=0.1)
    found = attribution.last_map(model, x)
    assert found.endswith(f".{norm}")
    assert found == [n for n, _ in model.named_modules() if n.endswith(f".{norm}")][-1]
    grid = (8, 8) if name == "Swin" else (4, 4)
    ours = attribution.layer_cam(model, x, 2, normalised=False, upsample=False)
    torch.testing.assert_close(ours, at_tokens(model, found, x, before, grid))
    assert ours.any()


def test_where_hugging_face_norms_behind_each_branch():
    transformers = pytest.importorskip("transformers")
    settings, _, _ = HUGGING_FACE["Swin"]
    config = transformers.Swinv2Config(**settings)
    model = nets.seeded(lambda: wrap(transformers.Swinv2ForImageClassification(config)), dtype=DOUBLE)
    assert attribution.last_map(model, picture(32, 32)) == "net.swinv2.layernorm"


TIMM = {
    "vit_small_patch14_reg4_dinov2": ({"img_size": 42, "depth": 2}, "blocks.1.norm1", 5, (3, 3)),
    "vit_tiny_patch16_224": ({"img_size": (32, 48), "depth": 2}, "blocks.1.norm1", 1, (2, 3)),
    "deit_tiny_distilled_patch16_224": ({"img_size": 32, "depth": 2}, "blocks.1.norm1", 2, (2, 2)),
    "vit_base_patch16_siglip_224": (
        {"img_size": 32, "depth": 1, "embed_dim": 48, "num_heads": 2},
        "norm",
        0,
        (2, 2),
    ),
    "beit_base_patch16_224": (
        {"img_size": 32, "depth": 2, "embed_dim": 48, "num_heads": 2},
        "blocks.1.norm1",
        1,
        (2, 2),
    ),
    "mixer_s32_224": ({"img_size": 96}, "norm", 0, (3, 3)),
}


@pytest.mark.parametrize("name", TIMM)
def test_timm(name):
    timm = pytest.importorskip("timm")
    settings, norm, before, grid = TIMM[name]
    model = nets.seeded(lambda: timm.create_model(name, num_classes=6, **settings), dtype=DOUBLE)
    nn.init.normal_(model.head.weight, generator=torch.Generator().manual_seed(0))
    side = settings["img_size"]
    x = picture(*(side if isinstance(side, tuple) else (side, side)))
    assert attribution.last_map(model, x) == norm
    ours = attribution.layer_cam(model, x, 2, normalised=False, upsample=False)
    torch.testing.assert_close(ours, at_tokens(model, norm, x, before, grid))
    assert ours.any()


@pytest.mark.parametrize("name", ["swin_tiny_patch4_window7_224", "convnext_atto"])
def test_timm_with_the_channels_last(name):
    timm = pytest.importorskip("timm")
    settings = {"img_size": 64, "window_size": 2} if "swin" in name else {}
    model = nets.seeded(lambda: timm.create_model(name, num_classes=6, **settings), dtype=DOUBLE)
    nn.init.normal_(model.get_classifier().weight, generator=torch.Generator().manual_seed(0))
    x = picture(64, 64)
    found = attribution.last_map(model, x)
    assert found in {"norm", "stages", "stages.3", "norm_pre"}
    assert attribution.grad_cam(model, x, 2, upsample=False).shape == (2, 1, 2, 2)
