"""Nets from elsewhere, wrapped so that they take pictures in [0, 1] and give scores (N, K)."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from coursekit.core.refusals import check_net
from coursekit.models.networks import Classifier, Normalise

__all__ = ["Scores", "wrap"]

ChannelValues = float | Sequence[float] | Tensor


def wrap(
    model: nn.Module,
    *,
    mean: ChannelValues | None = None,
    std: ChannelValues | None = None,
    classes: Sequence[str] | None = None,
) -> Classifier:
    """Put a net between what it wants and what the course wants: pictures in [0, 1] in, scores (N, K) out.

    scores = out(net((x − μ) / σ)). The net is the same object, and neither copied nor changed; its layers are
    called as before, with "net." in front: ``layer="net.layer4"``.

    Args:
        model: the net. It may put out scores (N, K); a tuple or list, of which the first entry counts; an
            object or a dict with ``logits``; a dict with "out", or with one tensor (N, K). Of one logit s for
            each image, (N, 1) or (N,), two scores −s/2 and s/2 are made if there are two ``classes``: their
            softmax is 1 − σ(s) and σ(s), and either can be explained.
        mean: μ, what was subtracted from pictures in [0, 1] before this net saw them: a number for each
            channel, or one for all. None where nothing was.
        std: σ, what they were divided by then.
        classes: names of the K classes, or, for one logit, of "no" and "yes". None for those in
            ``model.classes``, if there are any.

    Returns:
        A net with layers ``normalise`` (with ``mean`` and ``std``), ``net`` and ``scores``, and its class
        names in ``classes``.

    Raises:
        TypeError: ``model`` is no net.
        ValueError: bad mean or std, or a net that normalises already; when it runs, outputs that are not of
            these kinds, or other classes than ``classes``.
    """
    check_net(model)
    names = tuple(getattr(model, "classes", ()) if classes is None else classes)
    layers: dict[str, nn.Module] = {"net": model, "scores": Scores(len(names))}
    if mean is not None or std is not None:
        layers = {"normalise": _normalise(model, mean, std), **layers}
    wrapped = Classifier(layers, names)
    for layer in (wrapped, *wrapped.children()):
        if layer is not model:
            layer.training = model.training
    return wrapped


def _normalise(model: nn.Module, mean: ChannelValues | None, std: ChannelValues | None) -> Normalise:
    """Return the layer, of the type and in the place of the net's weights."""
    inside = [name for name, layer in model.named_modules() if isinstance(layer, Normalise)]
    if inside:
        raise ValueError(f"the net normalises already, in layer {inside[0]!r}: leave out mean and std")
    if mean is None or std is None:
        raise ValueError(f"wanted both mean and std, or neither, got mean={mean} and std={std}")
    levels = [torch.as_tensor(v, dtype=torch.float64).flatten().tolist() for v in (mean, std)]
    channels = {len(values) for values in levels} - {1}
    finite = all(math.isfinite(value) for values in levels for value in values)
    if len(channels) > 1 or not all(levels) or not finite or min(levels[1]) <= 0:
        raise ValueError(
            "wanted mean and std for each channel or for all, finite and std above 0, got"
            f" mean={mean} and std={std}"
        )
    weight = next((weight for weight in model.parameters() if weight.is_floating_point()), torch.zeros(()))
    return Normalise(tuple(levels[0]), tuple(levels[1])).to(weight)


class Scores(nn.Module):
    """A last layer that takes the scores (N, K) out of what a net puts out: a tensor, tuple or dict.

    Args:
        classes: K, or 0 for as many as come.
    """

    def __init__(self, classes: int = 0) -> None:
        super().__init__()
        self.classes = classes

    def forward(self, outputs: Any) -> Tensor:
        """Return the scores in what a net puts out.

        Args:
            outputs: a tensor of scores; a tuple or list that begins with one; an object or a dict with
                ``logits``; a dict with "out", or with one tensor (N, K).

        Returns:
            Scores (N, K), or maps of them (N, K, H, W).

        Raises:
            ValueError: outputs of another kind, or another number of classes than K.
        """
        scores = _tensor_in(outputs)
        if self.classes == 2 and (scores.ndim == 1 or scores.shape[1:] == (1,)):
            half = scores.reshape(-1, 1) / 2
            return torch.cat([-half, half], 1)
        if self.classes and (scores.ndim < 2 or scores.shape[1] != self.classes):
            raise ValueError(f"classes: got {self.classes} names, but the net gives {tuple(scores.shape)}")
        return scores


def _tensor_in(outputs: Any) -> Tensor:
    """Return the tensor of scores in outputs of any kind.

    Raises:
        ValueError: none, or more than one that might be meant.
    """
    found = getattr(outputs, "logits", None)
    if found is None:
        if isinstance(outputs, Mapping):
            found = _entry(outputs)
        else:
            found = outputs[0] if isinstance(outputs, tuple | list) and outputs else outputs
    if not isinstance(found, Tensor):
        raise ValueError(
            f"the net gives a {type(outputs).__name__} without scores: wanted a tensor, a tuple that begins"
            " with one, or .logits"
        )
    return found


def _entry(outputs: Mapping[str, Any]) -> Any:
    for name in ("logits", "out"):
        if name in outputs:
            return outputs[name]
    rows = [value for value in outputs.values() if isinstance(value, Tensor) and value.ndim == 2]
    if len(rows) != 1:
        came = ", ".join(f"{key!r} {tuple(getattr(value, 'shape', ()))}" for key, value in outputs.items())
        raise ValueError(
            f"the net gives a dict with {came or 'nothing'}; wanted 'logits', 'out' or one tensor (N, K)"
        )
    return rows[0]
