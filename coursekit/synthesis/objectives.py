"""Objectives for which a picture is optimised; they can be added and scaled.

``channel("bn5", 3) + 0.2 * neuron("bn4", 7, 2, 2) - 0.5 * variation()`` costs one forward pass.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from coursekit.core.devices import preserved_random_state
from coursekit.core.graphs import check_leads_back, step_of
from coursekit.core.hooks import evaluating, record, restoring
from coursekit.core.inputs import check_precision, weight_of
from coursekit.core.labels import Labels, as_labels, check_tensor
from coursekit.core.refusals import check_net, naming_inference_mode
from coursekit.core.targets import score as score_of
from coursekit.synthesis.losses import gram, total_variation

__all__ = [
    "Objective",
    "channel",
    "direction",
    "diversity",
    "layer",
    "neuron",
    "recording_outputs",
    "score",
    "variation",
]

Index = Labels | int
SCORES, PICTURE = "scores of the net", "the picture itself"


@dataclass(frozen=True)
class Objective:
    """A number for each picture, to be made large. Made by the functions of this module.

    Attributes:
        name: what it is, as it is written.
        value: from what each layer puts out to numbers (N,).
        layers: the layers it looks at.
        pictures: how many pictures it is about; None for any number.
    """

    name: str
    value: Callable[[Mapping[str, Tensor]], Tensor]
    layers: frozenset[str] = frozenset()
    pictures: int | None = None

    def __add__(self, other: "Objective") -> "Objective":
        counts = {n for n in (self.pictures, other.pictures) if n is not None}
        if len(counts) > 1:
            raise ValueError(
                f"{self.name} is about {self.pictures} pictures, {other.name} about {other.pictures}"
            )
        return Objective(
            f"{self.name} + {other.name}",
            lambda outputs: self.value(outputs) + other.value(outputs),
            self.layers | other.layers,
            counts.pop() if counts else None,
        )

    def __mul__(self, weight: float) -> "Objective":
        name = f"{weight:g} * ({self.name})"
        return Objective(name, lambda outputs: weight * self.value(outputs), self.layers, self.pictures)

    __rmul__ = __mul__

    def __neg__(self) -> "Objective":
        return -1 * self

    def __sub__(self, other: "Objective") -> "Objective":
        return self + -other


def score(target: Index) -> Objective:
    """Return the score s_c of a class, before the softmax, as an objective.

    Args:
        target: the class c; or a list (N,), one class for each of N pictures.

    Returns:
        The objective.

    Raises:
        ValueError: ``target`` holds no whole numbers.
    """
    return _at(SCORES, "score({})", target)


def channel(layer: str, channel: Index) -> Objective:
    """Return the mean of a channel's map as an objective.

    Args:
        layer: name of a layer that puts out maps (N, K, h, w) or rows (N, K).
        channel: number of the channel; or a list (N,), one channel for each of N pictures.

    Returns:
        The objective.

    Raises:
        ValueError: ``channel`` holds no whole numbers.
    """
    return _at(layer, f"channel({layer!r}, {{}})", channel)


def neuron(layer: str, channel: int, row: int | None = None, column: int | None = None) -> Objective:
    """Return the activation of one unit of a layer as an objective.

    Args:
        layer: name of a layer that puts out maps (N, K, h, w).
        channel: number of the channel.
        row: of the unit, in positions of the layer; the middle one when None.
        column: of the unit; the middle one when None.

    Returns:
        The objective.
    """
    channel = int(as_labels(channel, "target"))

    def value(outputs: Mapping[str, Tensor]) -> Tensor:
        height, width = outputs[layer].shape[-2:]
        place = (channel, height // 2 if row is None else row, width // 2 if column is None else column)
        return score_of(outputs[layer], place)

    return Objective(f"neuron({layer!r}, {channel}, {row}, {column})", value, frozenset({layer}))


def _at(layer: str, name: str, target: Index) -> Objective:
    targets = as_labels(target, "target")

    def value(outputs: Mapping[str, Tensor]) -> Tensor:
        found = outputs[layer]
        return score_of(found, targets) / found[0, 0].numel()

    return Objective(
        name.format(targets.tolist()), value, frozenset({layer}), len(targets) if targets.ndim else None
    )


def layer(name: str) -> Objective:
    """Return the mean square of all that a layer puts out, which DeepDream makes large.

    Args:
        name: of the layer.

    Returns:
        The objective.

    Reference: Mordvintsev, Olah & Tyka 2015, Inceptionism: going deeper into neural networks.
    """
    return Objective(
        f"layer({name!r})", lambda outputs: outputs[name].flatten(1).square().mean(1), frozenset({name})
    )


def direction(layer: str, vector: Tensor) -> Objective:
    """Return the mean over positions of ⟨a, v⟩, the projection of a layer's activations a on a direction v.

    Args:
        layer: name of a layer that puts out maps (N, C, h, w) or rows (N, C).
        vector: v (C,), a weight for each channel.

    Returns:
        The objective.
    """

    def value(outputs: Mapping[str, Tensor]) -> Tensor:
        maps = outputs[layer].flatten(2).mean(2)
        return maps @ vector.to(maps)

    return Objective(f"direction({layer!r}, …)", value, frozenset({layer}))


def diversity(layer: str) -> Objective:
    """Return how different the pictures of a batch are: minus the mean cosine between their Gram matrices.

    Args:
        layer: name of a layer that puts out maps (N, C, h, w).

    Returns:
        The objective.

    Reference: Olah, Mordvintsev & Schubert 2017, Feature visualization (Distill).
    """

    def value(outputs: Mapping[str, Tensor]) -> Tensor:
        style = F.normalize(gram(outputs[layer]).flatten(1))
        alike = style @ style.T
        return (alike.diagonal() - alike.sum(1)) / max(len(alike) - 1, 1)

    return Objective(f"diversity({layer!r})", value, frozenset({layer}))


def variation(beta: float = 2.0) -> Objective:
    """Return the total variation of the picture itself, to be subtracted from another objective.

    The mean of (Δ↓² + Δ→²)^(β/2), of the differences Δ between neighbouring pixels.

    Args:
        beta: β, above 0; 2 avoids every edge, 1 allows a few sharp ones.

    Returns:
        The objective.
    """
    return Objective(f"variation({beta})", lambda outputs: total_variation(outputs[PICTURE], beta))


@contextmanager
def recording_outputs(
    model: nn.Module, layers: frozenset[str]
) -> Iterator[Callable[[Tensor], dict[str, Tensor]]]:
    """Yield a function from pictures to what each of the layers puts out, by one forward pass.

    Gradients are on inside the block and the net runs in its own precision, whatever the caller turned off
    or on; after it the net is as it was.

    Args:
        model: the net.
        layers: names of layers.

    Yields:
        A function from pictures (N, C, H, W) to a dict: name of the layer → its output, besides the scores
        and the picture.

    Raises:
        ValueError: a layer that does not exist or does not run, or whose output cannot be differentiated by
            the pictures, where these ask for a gradient; scores that are none; pictures of a size that the
            net cannot take.
    """
    names = layers - {SCORES}
    check_net(model)
    check_precision(model)
    device = weight_of(model).device
    preserved = preserved_random_state(device)  # should the net draw random numbers
    precise = torch.autocast(device.type, enabled=False)
    with (
        naming_inference_mode(),
        evaluating(model),
        preserved,
        precise,
        record(model, *names) as recorded,
        restoring(model),
        torch.inference_mode(False),
    ):

        def outputs(x: Tensor) -> dict[str, Tensor]:
            # The net may write to its input, which is then another step of the graph.
            step = step_of(x) if x.requires_grad and torch.is_grad_enabled() else None
            seen = {SCORES: _scores(model, x), **recorded}
            if missing := names - recorded.keys():
                raise ValueError(f"layer {min(missing)!r} does not run in a forward pass")
            if SCORES in layers:
                check_tensor(seen[SCORES])
            if step is not None:
                check_leads_back({name: seen[name] for name in layers}, step)
            return {**seen, PICTURE: x}

        yield outputs


def _scores(model: nn.Module, x: Tensor) -> Any:
    """Put pictures through the net, or raise ``ValueError`` where it cannot take their size."""
    try:
        return model(x.contiguous())
    except (RuntimeError, AssertionError) as error:
        if isinstance(error, torch.OutOfMemoryError) or "nference tensor" in str(error):
            raise
        height, width = x.shape[-2:]
        raise ValueError(
            f"the net cannot take pictures of {height} × {width} pixels ({error}); give a size that"
            " it can, such as the one that it was trained for"
        ) from error
