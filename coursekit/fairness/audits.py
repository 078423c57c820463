"""What chapter 09 measures: shape against texture, maps of nets that forget, groups and regions left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from coursekit import attribution
from coursekit.core.devices import device, seeded
from coursekit.core.hooks import evaluating
from coursekit.core.labels import class_scores
from coursekit.datasets.scenes import Conflict, Scenes, draw, portraits
from coursekit.fairness.bias import REGIONS, Interval, interval, mix, shape_share
from coursekit.models.networks import Classifier, scene_net
from coursekit.models.training import Settings, evaluate, fit

__all__ = [
    "LEARNED",
    "SEED",
    "SHARES",
    "TESTED",
    "face_audit",
    "faithfulness",
    "forgetting",
    "learned",
    "prediction",
    "region_audit",
    "shape_or_texture",
    "tone_groups",
]

Method = Callable[[nn.Module, Tensor, Any], Tensor]

SHARES = {"thin": 0.02, "balanced": 0.5}
"""How much of a training set comes from the group, or region, that is left out or is not."""
KINDS = ("car", "boat", "house", "tree")
LEARNED, TESTED = 600, 600  # pictures
SEED = 9  # no net was trained on scenes of this seed


def prediction(model: nn.Module, images: Tensor, *, batch_size: int = 64) -> Tensor:
    """Return the class that a net gives each image (N,), a few at a time; on the images' device."""
    place = next((weight.device for weight in model.parameters()), images.device)
    with evaluating(model), torch.no_grad():
        chunks = images.split(batch_size)
        found = [class_scores(model(some.to(place)), len(some)).argmax(1) for some in chunks]
    return torch.cat(found).to(images.device)


def shape_or_texture(model: nn.Module, conflict: Conflict) -> dict[str, Any]:
    """Return how a net decides where shape and texture disagree, and what it makes of each alone.

    Returns:
        "share": of decisions for shape among those for either, with its interval; "decided": how many of all
        pictures were decided for either; "silhouettes" and "collages": accuracy on each cue alone.
    """
    said = prediction(model, conflict.images)
    either = (said == conflict.shape) | (said == conflict.texture)
    return {
        "share": shape_share(said, conflict.shape, conflict.texture),
        "decided": interval(either.sum(), len(conflict)),
        "silhouettes": evaluate(model, conflict.silhouettes, conflict.shape),
        "collages": evaluate(model, conflict.collages, conflict.texture),
    }


def forgetting(model: nn.Module, scenes: Scenes, method: Method) -> dict[str, float]:
    """Return how alike a method's maps stay as the net forgets, from the head down: layer → mean ρ.

    Explained is the true class, whatever the net says by then. A mean near 0 may be that of maps much as
    before and of their negatives: ``attribution.randomisation`` gives the ρ of each scene.
    """
    similar = attribution.randomisation(model, scenes.images, method, scenes.labels)
    return {name: rho.mean().item() for name, rho in similar.items()}


def faithfulness(model: nn.Module, scenes: Scenes, method: Method) -> dict[str, Tensor]:
    """Return the areas under the deletion and the insertion curve of each scene: name → (N,)."""
    heat = attribution.heatmap(method(model, scenes.images, scenes.labels))
    return {
        name: attribution.area_under(change(model, scenes.images, heat, scenes.labels, steps=16))
        for name, change in {"deletion": attribution.deletion, "insertion": attribution.insertion}.items()
    }


def learned(images: Tensor, labels: Tensor, classes: tuple[str, ...], seed: int) -> Classifier:
    """Return a small net that has learned from a few hundred small pictures, on ``coursekit.device()``.

    Args:
        images: (N, 3, H, W) in [0, 1].
        labels: (N,) numbers into ``classes``.
        classes: their names.
        seed: of the random start and of the order of the pictures.
    """
    with seeded(seed):
        net = scene_net(classes, width=8).to(device())
    fit(net, images, labels, Settings(epochs=8, batch_size=32, mirror=True, seed=seed))
    return net


def face_audit(share: float, seed: int) -> tuple[Classifier, Scenes, Tensor]:
    """Let a net learn who wears glasses, with few or many faces of tones 4–6, and ask it about others.

    Args:
        share: of the faces with tones 4–6 among those that it learns from, 0 to 1.
        seed: of what it learns from and of the training, 0 to 49: from there on it would learn from faces
            that it is asked about.

    Returns:
        The net, the faces it was asked about, the same for every share, and what it said (N,); all on
        ``coursekit.device()``.
    """
    lighter, darker = ([low + k % 3 for k in range(LEARNED)] for low in (1, 4))
    few = max(1, round(LEARNED * share))
    known = portraits(LEARNED, seed=SEED + 2 * seed, skin=lighter)
    rare = portraits(few, seed=SEED + 2 * seed + 1, skin=darker[:few])
    net = learned(*mix(known, rare, LEARNED, share), known.classes, seed)
    asked = portraits(TESTED, seed=SEED + 100, skin=[1 + k % 6 for k in range(TESTED)]).to(device())
    return net, asked, prediction(net, asked.images)


def tone_groups(scenes: Scenes) -> list[str]:
    """Return the group of each face: by the factor that its skin is drawn with, 1 to 6."""
    return ["tones 1–3" if record["skin"] <= 3 else "tones 4–6" for record in scenes.factors]


def region_audit(share: float, seed: int) -> dict[str, Interval]:
    """Let a net learn four kinds of things, few or many of them in a snowfield: region → accuracy there.

    Args:
        share: of the pictures from the snowfield among those that it learns from, 0 to 1.
        seed: as for ``face_audit``.
    """
    meadow, snowfield = REGIONS.values()
    few = max(1, round(LEARNED * share))
    data = mix(
        _things(LEARNED, SEED + 2 * seed, meadow),
        _things(few, SEED + 2 * seed + 1, snowfield),
        LEARNED,
        share,
    )
    net = learned(*data, KINDS, seed)
    found = {}
    for name, place in REGIONS.items():
        asked = _things(TESTED // 2, SEED + 100, place)
        found[name] = interval((prediction(net, asked.images) == asked.labels).sum(), len(asked))
    return found


def _things(n: int, seed: int, place: Mapping[str, str]) -> Scenes:
    scenes = draw(n, seed=seed, size=48, classes=KINDS, scale=0.5, clutter=0, noise=0.0, **place)
    return scenes.to(device())
