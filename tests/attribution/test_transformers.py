"""Vision transformers: which tokens are the picture, and what maps are made of them."""

import pytest
import pytorch_grad_cam as peer
import torch
import torchvision
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torch import Tensor, nn

from coursekit import attribution
from coursekit.core.hooks import passing
from tests.attribution import methods, nets
from tests.attribution.transformers import (
    DOUBLE,
    NAMES,
    WIDTH,
    HFLayer,
    Mixer,
    PostNormLayer,
    SwinLayer,
    ViT,
    WholeAttention,
    at_tokens,
    picture,
)


@pytest.mark.parametrize("block", NAMES)
@pytest.mark.parametrize(("before", "after"), [(0, 0), (1, 0), (2, 0), (5, 0), (0, 1), (1, 4), (0, 3)])
def test_whatever_extra_tokens_there_are(block, before, after):
    # With 3 × 5 patches and an extra token, by number alone the tokens could be 4 × 4.
    model, x = nets.seeded(lambda: ViT(block, before, after), dtype=DOUBLE), picture()
    assert attribution.last_map(model, x) == NAMES[block]
    ours = attribution.layer_cam(model, x, 2, normalised=False, upsample=False)
    torch.testing.assert_close(ours, at_tokens(model, NAMES[block], x, before, (3, 5)))
    assert ours.any()


@pytest.mark.parametrize("name", [name for name in methods.CAM if name != "cam"])
@pytest.mark.parametrize("block", NAMES)
def test_every_map_of_a_transformer(name, block):
    model, x = nets.seeded(lambda: ViT(block, 2), dtype=DOUBLE), picture()
    ours = methods.CAM[name](model, x, 2, normalised=False, upsample=False)
    assert ours.shape == (2, 1, 3, 5)
    assert ours.any()
    torch.testing.assert_close(
        methods.CAM[name](model, x, 2, normalised=False, upsample=False, layer=NAMES[block]), ours
    )


def test_ablation_cam_leaves_the_extra_tokens_alone():
    model, x = nets.seeded(lambda: ViT(before=2, after=1), dtype=DOUBLE), picture()[:1]
    kept: list[Tensor] = []
    with passing(model, lambda _, output: kept.append(output.clone()), "blocks.1.norm1"), torch.no_grad():
        clean = model(x)[0, 2]
    drops = []
    for channel in range(WIDTH):
        changed = kept[0].clone()
        changed[:, 2:-1, channel] = 0
        with passing(model, lambda *_, c=changed: c, "blocks.1.norm1"), torch.no_grad():
            drops.append(clean - model(x)[0, 2])
    expected = (torch.stack(drops) * kept[0][0, 2:-1]).sum(1).view(1, 1, 3, 5) / clean.abs()
    ours = attribution.ablation_cam(model, x, 2, normalised=False, upsample=False)
    torch.testing.assert_close(ours, expected)


class Reordered(ViT):
    """Drops a patch, or makes something of the tokens that nobody can follow, before its blocks."""

    def __init__(self, how: str) -> None:
        super().__init__()
        self.how, self.dropout = how, nn.Dropout()

    def embed(self, x: Tensor) -> Tensor:
        x = super().embed(x)
        mixed = torch.einsum("ntd,nsd,nse->nte", x, x, x)
        return self.dropout(x[:, :-1] if self.how == "dropped" else mixed)


@pytest.mark.parametrize("how", ["dropped", "mixed"])
def test_tokens_that_cannot_be_told_are_no_excuse_for_another_layer(how):
    model, x = nets.seeded(lambda: Reordered(how), dtype=DOUBLE), picture()
    message = "where the picture lies in what layer '.*' puts out cannot be told"
    with pytest.raises(ValueError, match=message):
        attribution.last_map(model, x)
    with pytest.raises(ValueError, match=message):
        attribution.eigen_cam(model, x)
    with pytest.raises(ValueError, match="each of which can be followed"):
        attribution.eigen_cam(model, x, layer="blocks.1.norm1")
    assert attribution.eigen_cam(model, x, layer="projection", upsample=False).shape == (2, 1, 3, 5)


def test_windows_are_for_the_attention_alone():
    model, x = nets.seeded(lambda: ViT(SwinLayer, 0), dtype=DOUBLE), picture(16, 24)
    assert attribution.last_map(model, x) == NAMES[HFLayer]
    for name in (NAMES[HFLayer], "blocks.1.layernorm_after", "blocks.0.intermediate", "norm"):
        ours = attribution.layer_cam(model, x, 2, layer=name, normalised=False, upsample=False)
        torch.testing.assert_close(ours, at_tokens(model, name, x, 0, (4, 6)))


def test_without_attention_it_is_the_last_tokens():
    model, x = nets.seeded(Mixer, dtype=DOUBLE), picture()
    assert attribution.last_map(model, x) == "norm"
    ours = attribution.layer_cam(model, x, 2, normalised=False, upsample=False)
    torch.testing.assert_close(ours, at_tokens(model, "norm", x, 0, (3, 5)))


@pytest.mark.parametrize(("extra", "layer"), [(0, "norm"), (1, "blocks.0.drop_path")])
def test_a_branch_is_not_what_an_attention_reads(extra, layer):
    # With a class token, what lies behind the last attention may not lead to the score.
    model, x = nets.seeded(lambda: ViT(PostNormLayer, extra), dtype=DOUBLE), picture()
    assert attribution.last_map(model, x) == layer
    assert attribution.layer_cam(model, x, 2, normalised=False, upsample=False).any()


def test_what_an_attention_adds_up_itself_it_has_read_before():
    model, x = nets.seeded(lambda: ViT(WholeAttention, 0), dtype=DOUBLE), picture()
    assert attribution.last_map(model, x) == "blocks.0"


def swin() -> nn.Module:
    return torchvision.models.SwinTransformer([4, 4], 8, [2, 2], [2, 2], [2, 2], num_classes=6)


PEERS = {
    "vit": (ViT, "blocks.1.norm1", (12, 20), lambda y: y[:, 1:].unflatten(1, (3, 5)).movedim(3, 1)),
    "swin": (swin, "norm", (32, 48), lambda y: y.movedim(3, 1)),
    "swin of tokens": (
        lambda: ViT(SwinLayer, 0),
        NAMES[HFLayer],
        (16, 24),
        lambda y: y.unflatten(1, (4, 6)).movedim(3, 1),
    ),
}


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (attribution.grad_cam, peer.GradCAM),
        (attribution.xgrad_cam, peer.XGradCAM),
        (attribution.layer_cam, peer.LayerCAM),
    ],
)
@pytest.mark.parametrize("kind", PEERS)
def test_against_pytorch_grad_cam(ours, theirs, kind):
    build, layer, size, reshape = PEERS[kind]
    model, x = nets.seeded(build, dtype=DOUBLE), picture(*size)
    # The peer adds 1e-7 to what it divides by, beside which the scores must be large.
    model.head.weight.data = torch.randn(
        6, model.head.in_features, generator=torch.Generator().manual_seed(0)
    )
    model.head.weight.data = 1e4 * model.head.weight.data.to(DOUBLE)
    targets = model(x).argmax(1)
    explained = [ClassifierOutputTarget(target) for target in targets.tolist()]
    with theirs(model, [model.get_submodule(layer)], reshape_transform=reshape) as explain:
        expected = torch.from_numpy(explain(x.clone(), explained))[:, None]
    assert expected.amax() > 0.99
    assert (ours(model, x, targets, layer=layer) - expected).abs().max() <= 1e-5
