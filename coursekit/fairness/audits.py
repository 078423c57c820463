"""Audits of chapter 09: shape against texture, cascading randomisation, faithfulness, groups and regions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from coursekit import attribution
from coursekit.core.devices import device, seeded
from coursekit.core.hooks import evaluating
from coursekit.core.labels import class_scores
from coursekit.datasets.scenes import Conflict, Scenes, draw, portraits
from coursekit.fairness.bias import REGIONS, Interval, mix, shape_share, wilson_interval
from coursekit.models.networks import Classifier, scene_net
from coursekit.models.training import Settings, evaluate, fit

__all__ = [
    "N_TEST",
    "N_TRAIN",
    "SEED",
    "SHARES",
    "CurveAreas",
    "FaceAudit",
    "ShapeOrTexture",
    "cascading_randomisation",
    "face_audit",
    "faithfulness",
    "predict",
    "region_audit",
    "shape_or_texture",
    "tone_groups",
    "train_small_net",
]

Method = Callable[[nn.Module, Tensor, Any], Tensor]

SHARES = {"thin": 0.02, "balanced": 0.5}
"""The share of a training set that comes from the second group, or region."""
KINDS = ("car", "boat", "house", "tree")
N_TRAIN, N_TEST = 600, 600  # pictures
SEED = 9  # no net was trained on scenes of this seed


@dataclass(frozen=True)
class ShapeOrTexture:
    """How a net decides where shape and texture disagree. Made by ``shape_or_texture``.

    Attributes:
        share: of decisions for shape among those for either cue.
        decided: share of all pictures that were decided for either cue.
        silhouettes: accuracy on the outlines alone, in [0, 1].
        collages: accuracy on the textures alone, in [0, 1].
    """

    share: Interval
    decided: Interval
    silhouettes: float
    collages: float


class CurveAreas(NamedTuple):
    """Areas under two curves for each of N scenes. Made by ``faithfulness``.

    Attributes:
        deletion: under the deletion curve (N,); low where the map is faithful.
        insertion: under the insertion curve (N,); high where the map is faithful.
    """

    deletion: Tensor
    insertion: Tensor


class FaceAudit(NamedTuple):
    """A net and what it says about faces. Made by ``face_audit``; all is on ``coursekit.device()``.

    Attributes:
        net: was trained.
        faces: that it was asked about, the same for every share.
        predicted: the class that it gives each face (N,).
    """

    net: Classifier
    faces: Scenes
    predicted: Tensor


def predict(model: nn.Module, images: Tensor, *, batch_size: int = 64) -> Tensor:
    """Return the class that a net gives each image.

    Args:
        model: maps images to scores (N, K); it is run in evaluation mode.
        images: (N, C, H, W) in [0, 1], on any device.
        batch_size: images at a time.

    Returns:
        Numbers of classes (N,), on the images' device.
    """
    place = next((weight.device for weight in model.parameters()), images.device)
    with evaluating(model), torch.no_grad():
        chunks = images.split(batch_size)
        found = [class_scores(model(some.to(place)), len(some)).argmax(1) for some in chunks]
    return torch.cat(found).to(images.device)


def shape_or_texture(model: nn.Module, conflict: Conflict) -> ShapeOrTexture:
    """Return how a net decides where shape and texture disagree, and how it does on each cue alone.

    Args:
        model: maps images to scores (N, K).
        conflict: pictures whose outline says one class and whose texture another.

    Returns:
        The shares of its decisions, and its accuracy on each cue alone.

    Raises:
        ValueError: no decision is for either cue.

    Reference: Geirhos et al. 2019 (arXiv:1811.12231).
    """
    said = predict(model, conflict.images)
    either = (said == conflict.shape) | (said == conflict.texture)
    return ShapeOrTexture(
        share=shape_share(said, conflict.shape, conflict.texture),
        decided=wilson_interval(either.sum(), len(conflict)),
        silhouettes=evaluate(model, conflict.silhouettes, conflict.shape),
        collages=evaluate(model, conflict.collages, conflict.texture),
    )


def cascading_randomisation(model: nn.Module, scenes: Scenes, method: Method) -> dict[str, float]:
    """Return how similar a method's maps stay while the net's layers are randomised, from the head down.

    The true class is explained, whatever the net predicts by then. A mean ρ near 0 can hide maps that are
    almost unchanged and maps that are almost negated; ``attribution.randomisation`` gives each scene's ρ.

    Args:
        model: the net.
        scenes: what to explain.
        method: ``method(model, x, target)``, which returns an attribution (N, C, H, W).

    Returns:
        Name of the last layer that was randomised → mean Spearman's ρ with the map of the trained net.

    Reference: Adebayo et al. 2018 (arXiv:1810.03292).
    """
    similar = attribution.randomisation(model, scenes.images, method, scenes.labels)
    return {name: rho.mean().item() for name, rho in similar.items()}


def faithfulness(model: nn.Module, scenes: Scenes, method: Method) -> CurveAreas:
    """Return the areas under the deletion and the insertion curve of each scene.

    Args:
        model: the net.
        scenes: N scenes, whose true classes are explained.
        method: ``method(model, x, target)``, which returns an attribution (N, C, H, W).

    Returns:
        Both areas (N,).

    Reference: Petsiuk, Das & Saenko 2018 (arXiv:1806.07421).
    """
    heat = attribution.heatmap(method(model, scenes.images, scenes.labels))
    areas = (
        attribution.area_under(curve(model, scenes.images, heat, scenes.labels, steps=16))
        for curve in (attribution.deletion, attribution.insertion)
    )
    return CurveAreas(*areas)


def train_small_net(images: Tensor, labels: Tensor, classes: tuple[str, ...], seed: int) -> Classifier:
    """Return a small net, trained on a few hundred small pictures.

    Args:
        images: (N, 3, H, W) in [0, 1].
        labels: (N,) numbers into ``classes``.
        classes: their names.
        seed: of the random start and of the order of the pictures.

    Returns:
        The net, on ``coursekit.device()``, in evaluation mode.
    """
    with seeded(seed):
        net = scene_net(classes, width=8).to(device())
    fit(net, images, labels, Settings(epochs=8, batch_size=32, mirror=True, seed=seed))
    return net


def face_audit(share: float, seed: int) -> FaceAudit:
    """Train a net to tell who wears glasses, on few or many faces of tones 4–6, and test it on other faces.

    Args:
        share: of the faces with tones 4–6 in the training set, 0 to 1.
        seed: of the training set and of the training, 0 to 49; from 50 on, training and test set would share
            faces.

    Returns:
        The net, the faces of the test set, and what the net says about them.
    """
    lighter, darker = ([low + k % 3 for k in range(N_TRAIN)] for low in (1, 4))
    few = max(1, round(N_TRAIN * share))
    known = portraits(N_TRAIN, seed=SEED + 2 * seed, skin=lighter)
    rare = portraits(few, seed=SEED + 2 * seed + 1, skin=darker[:few])
    net = train_small_net(*mix(known, rare, N_TRAIN, share), known.classes, seed)
    asked = portraits(N_TEST, seed=SEED + 100, skin=[1 + k % 6 for k in range(N_TEST)]).to(device())
    return FaceAudit(net, asked, predict(net, asked.images))


def tone_groups(scenes: Scenes) -> list[str]:
    """Return the group of each face, by the tone that its skin is drawn with.

    Args:
        scenes: N faces, as ``portraits`` draws them.

    Returns:
        "tones 1–3" or "tones 4–6" for each.
    """
    return ["tones 1–3" if record["skin"] <= 3 else "tones 4–6" for record in scenes.factors]


def region_audit(share: float, seed: int) -> dict[str, Interval]:
    """Train a net on four classes with few or many pictures from a snowfield, and test it in either region.

    Args:
        share: of the pictures from the snowfield in the training set, 0 to 1.
        seed: of the training set and of the training, 0 to 49; from 50 on, training and test set would share
            pictures.

    Returns:
        Name of the region → accuracy there.
    """
    meadow, snowfield = REGIONS.values()
    few = max(1, round(N_TRAIN * share))
    data = mix(
        _things(N_TRAIN, SEED + 2 * seed, meadow),
        _things(few, SEED + 2 * seed + 1, snowfield),
        N_TRAIN,
        share,
    )
    net = train_small_net(*data, KINDS, seed)
    found = {}
    for name, place in REGIONS.items():
        asked = _things(N_TEST // 2, SEED + 100, place)
        found[name] = wilson_interval((predict(net, asked.images) == asked.labels).sum(), len(asked))
    return found


def _things(n: int, seed: int, place: Mapping[str, str]) -> Scenes:
    scenes = draw(n, seed=seed, size=48, classes=KINDS, scale=0.5, clutter=0, noise=0.0, **place)
    return scenes.to(device())
