"""Which nets the table is about, as data: how each is built, for which pictures, where its last map is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torchvision
from torch import nn

__all__ = ["NETS", "Entry"]

CLASSES = 10


@dataclass(frozen=True)
class Entry:
    """A row of the table.

    Attributes:
        name: as its library spells it.
        library: "torchvision", "timm" or "transformers".
        build: makes the net, with random weights.
        last: the layer whose map a class activation map is about, by the net's architecture and not by ours:
            the last map of several positions, behind its activation; of a transformer the norm before the
            last attention.
        size: edge of the pictures.
        channels_last: whether that layer puts out (N, h, w, K).
        wrapped: whether it is given by ``ck.wrap``, with normalisation.
        note: in what it differs from the net of that name.
    """

    name: str
    library: str
    build: Callable[[], nn.Module]
    last: str
    size: int = 64
    wrapped: bool = False
    channels_last: bool = False
    note: str = ""


def _torchvision(last: str, *names: str, size: int = 64, note: str = "", **settings: Any) -> list[Entry]:
    def entry(name: str) -> Entry:
        return Entry(
            name,
            "torchvision",
            lambda: torchvision.models.get_model(name, num_classes=CLASSES, **settings),
            last,
            size,
            note=note,
        )

    return [entry(name) for name in names]


def _narrow(name: str, last: str) -> Entry:
    """With 64 hidden units behind the convolutions, where else nine tenths of the weights are."""

    def build() -> nn.Module:
        model = torchvision.models.get_model(name, num_classes=CLASSES)
        linear = [layer for layer in model.classifier if isinstance(layer, nn.Linear)]
        sizes = [(linear[0].in_features, 64), (64, 64), (64, CLASSES)]
        hidden = iter(nn.Linear(*size) for size in sizes)
        layers = (next(hidden) if isinstance(layer, nn.Linear) else layer for layer in model.classifier)
        model.classifier = nn.Sequential(*layers)
        return model

    return Entry(name, "torchvision", build, last, note="64 hidden units")


def _vit(name: str, patch: int) -> Entry:
    """As the net of that name, with three blocks of twelve, a quarter as wide: the others are the same."""

    def build() -> nn.Module:
        sizes = {"num_layers": 3, "num_heads": 3, "hidden_dim": 192, "mlp_dim": 768}
        return torchvision.models.VisionTransformer(64, patch, num_classes=CLASSES, **sizes)

    last = "encoder.layers.encoder_layer_2.ln_1"
    return Entry(name, "torchvision", build, last, note="3 blocks, 192 wide")


def _maxvit() -> Entry:
    """As ``maxvit_t``, but for windows that fit on pictures of 64 pixels, and one layer to a block."""

    def build() -> nn.Module:
        return torchvision.models.MaxVit(
            input_size=(64, 64),
            stem_channels=64,
            block_channels=[64, 128, 256, 512],
            block_layers=[1, 1, 1, 1],
            head_dim=32,
            stochastic_depth_prob=0.2,
            partition_size=2,
            num_classes=CLASSES,
        )

    return Entry("maxvit_t", "torchvision", build, "blocks.3", note="windows of 2, one layer to a block")


def _timm(
    name: str, last: str, *, size: int = 64, note: str = "", channels_last: bool = False, **settings: Any
) -> Entry:
    def build() -> nn.Module:
        import timm

        return timm.create_model(name, pretrained=False, num_classes=CLASSES, **settings)

    return Entry(name, "timm", build, last, size, wrapped=True, channels_last=channels_last, note=note)


def _transformers(name: str, last: str, *, size: int = 64, **settings: Any) -> Entry:
    def build() -> nn.Module:
        import transformers

        config = getattr(transformers, f"{name}Config")(num_labels=CLASSES, **settings)
        return getattr(transformers, f"{name}ForImageClassification")(config)

    return Entry(name, "transformers", build, last, size, wrapped=True, note="small")


SMALL = {
    "image_size": 64,
    "patch_size": 16,
    "hidden_size": 64,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "intermediate_size": 128,
}
WINDOWED = {"image_size": 64, "patch_size": 4, "embed_dim": 32, "depths": [1, 1, 2], "num_heads": [1, 2, 4]}
FOUR_STAGES = {"hidden_sizes": [32, 48, 64, 80], "depths": [1, 1, 1, 1]}
STAGES = FOUR_STAGES | {"embedding_size": 24}
INCEPTION: Sequence[dict[str, Any]] = ({"aux_logits": False, "init_weights": False},)

TORCHVISION = [
    _narrow("alexnet", "features.11"),
    *_torchvision("features", "convnext_tiny"),
    *_torchvision("features", "densenet121", "densenet169"),
    *_torchvision("features", *(f"efficientnet_b{i}" for i in range(5))),
    *_torchvision("features", "efficientnet_v2_s"),
    *_torchvision("inception5b", "googlenet", **INCEPTION[0]),
    *_torchvision("Mixed_7c", "inception_v3", size=112, **INCEPTION[0]),
    _maxvit(),
    *_torchvision("layers", "mnasnet0_5", "mnasnet0_75", "mnasnet1_0", "mnasnet1_3"),
    *_torchvision("features", "mobilenet_v2", "mobilenet_v3_small", "mobilenet_v3_large"),
    *_torchvision("trunk_output", "regnet_x_400mf", "regnet_x_800mf", "regnet_x_1_6gf", "regnet_x_3_2gf"),
    *_torchvision("trunk_output", "regnet_y_400mf", "regnet_y_800mf", "regnet_y_1_6gf", "regnet_y_3_2gf"),
    *_torchvision("layer4", "resnet18", "resnet34", "resnet50", "resnext50_32x4d", "wide_resnet50_2"),
    *_torchvision("conv5", *(f"shufflenet_v2_x{width}" for width in ("0_5", "1_0", "1_5", "2_0"))),
    *_torchvision("classifier.2", "squeezenet1_0", "squeezenet1_1"),
    *_torchvision("permute", "swin_t", "swin_v2_t"),
    _narrow("vgg11", "features.19"),
    _narrow("vgg11_bn", "features.27"),
    _narrow("vgg13", "features.23"),
    _narrow("vgg13_bn", "features.33"),
    _narrow("vgg16", "features.29"),
    _narrow("vgg16_bn", "features.42"),
    _narrow("vgg19", "features.35"),
    _vit("vit_b_16", 16),
    _vit("vit_b_32", 32),
]
WINDOWS = {"embed_dim": 48, "depths": (1, 1, 2, 1), "channels_last": True, "note": "5 blocks, 48 wide"}
SHALLOW = {"depth": 3, "note": "3 blocks"}
TIMM = [
    _timm("vit_tiny_patch16_224", "blocks.2.norm1", img_size=64, **SHALLOW),
    _timm("vit_small_patch14_reg4_dinov2", "blocks.2.norm1", size=56, img_size=56, **SHALLOW),
    _timm("deit_tiny_distilled_patch16_224", "blocks.2.norm1", img_size=64, **SHALLOW),
    _timm("beit_base_patch16_224", "blocks.2.norm1", img_size=64, embed_dim=192, num_heads=3, **SHALLOW),
    _timm("eva02_tiny_patch14_224", "blocks.2.norm1", size=56, img_size=56, **SHALLOW),
    _timm("swin_tiny_patch4_window7_224", "norm", img_size=64, **WINDOWS),
    _timm("swinv2_tiny_window8_256", "norm", img_size=64, **WINDOWS),
    _timm("convnext_atto", "stages"),
    _timm("efficientnet_lite0", "bn2"),
    _timm("mobilenetv3_small_050", "blocks"),
    _timm("mobilevit_xxs", "final_conv"),
    _timm("repvgg_a0", "stages"),
]
TRANSFORMERS = [
    _transformers("ViT", "vit.layers.2.layernorm_before", **SMALL),
    _transformers("DeiT", "deit.layers.2.layernorm_before", **SMALL),
    _transformers("Beit", "beit.layers.2.layernorm_before", **SMALL),
    _transformers("Dinov2WithRegisters", "dinov2_with_registers.encoder.layer.2.norm1", **SMALL),
    _transformers("Swin", "swin.encoder.layers.2.blocks.1.layernorm_before", window_size=4, **WINDOWED),
    _transformers("Swinv2", "swinv2.layernorm", window_size=4, **WINDOWED),
    _transformers("ResNet", "resnet.encoder.stages.3", layer_type="basic", **STAGES),
    _transformers(
        "ConvNext", "convnext.encoder.stages.3", hidden_sizes=[24, 48, 64, 80], depths=[1, 1, 1, 1]
    ),
    _transformers("MobileNetV2", "mobilenet_v2.conv_1x1", depth_multiplier=0.35),
    _transformers("RegNet", "regnet.encoder.stages.3", layer_type="x", groups_width=8, **STAGES),
]
NETS = {entry.name: entry for entry in (*TORCHVISION, *TIMM, *TRANSFORMERS)}
