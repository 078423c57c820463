"""What is explained: the score of a class, or of any unit of any layer."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from coursekit.core.devices import preserved_random_state
from coursekit.core.graphs import derivative
from coursekit.core.hooks import evaluating, record
from coursekit.core.inputs import batches, check_count, check_input
from coursekit.core.labels import Labels, as_labels, check_scores
from coursekit.core.refusals import naming_inference_mode

__all__ = ["Scorer", "Target", "explaining", "input_gradient", "resolve", "score"]

Target = int | tuple[int, ...] | Labels | None


def resolve(outputs: Tensor, target: Target) -> Tensor:
    """Return the index of the explained unit, for each image.

    Args:
        outputs: scores (N, K), or what a layer puts out (N, C, H, W).
        target: one class or channel for all images, or one each (N,); one unit (channel, row, column), or one
            each (N, 3); None for the strongest unit of each image: for scores, the predicted class.

    Returns:
        Indices (N, d) into the first d of the dimensions behind the batch.

    Raises:
        ValueError: wrong length, type or rank, or out of range.
    """
    if target is None:
        strongest = outputs.detach().flatten(1).argmax(1)
        return torch.stack(torch.unravel_index(strongest, outputs.shape[1:]), dim=1)
    index = as_labels(target, "target").to(outputs.device)
    if index.ndim == 0 or isinstance(target, tuple):
        index = index.reshape(1, -1).expand(len(outputs), -1)
    elif index.ndim == 1:
        index = index[:, None]
    _check_length(len(index), len(outputs))
    _check_range(index, outputs)
    return index.long().clone()  # it may be of inference mode, and then no graph could keep it


def _check_length(targets: int, images: int) -> None:
    if targets != images:
        raise ValueError(f"target: wanted one for each of the {images} images, got {targets}")


def _check_range(index: Tensor, outputs: Tensor) -> None:
    sizes = outputs.shape[1:]
    if index.ndim != 2 or not 1 <= index.shape[1] <= len(sizes):
        raise ValueError(
            f"target: got shape {tuple(index.shape)}; wanted (N, d), d ≤ {len(sizes)}, for outputs of shape"
            f" {tuple(outputs.shape)} (a tuple is one unit; for one class each give a list or a tensor)"
        )
    nouns = ("classes",) if len(sizes) == 1 else ("channels", "rows", "columns")
    for column, size, noun in zip(index.unbind(1), sizes, nouns, strict=False):
        wrong = column[(column < 0) | (column >= size)]
        if len(wrong):
            raise ValueError(f"target {wrong[0].item()}, but the net has {size} {noun}: 0…{size - 1}")


def score(outputs: Tensor, target: Target) -> Tensor:
    """Return the explained score of each image: s = Σ outputs[image, target].

    Args:
        outputs: scores before the softmax (N, K), or what a layer puts out (N, C, H, W).
        target: one class or channel for all images, or one each (N,); one unit (channel, row, column), or one
            each (N, 3); None for the strongest. The score of a channel is the sum of its map.

    Returns:
        Scores (N,).

    Raises:
        ValueError: wrong length, type or rank, or out of range.
    """
    index = resolve(outputs, target)
    images = torch.arange(len(outputs), device=outputs.device)
    return outputs[images, *index.unbind(1)].reshape(len(outputs), -1).sum(1)


@dataclass
class Scorer:
    """A net in evaluation mode, and what is explained of it. Made by ``explaining``.

    Attributes:
        model: the net.
        target: the explained class or unit: one for all, one for each image, or None for the strongest.
        layer: name of the layer whose unit is explained; None for the net's scores.
        recorded: what that layer put out in the last pass, by its name.
        batch_size: how many inputs go through the net at once.
        layout: the layout that the net gets its inputs in, however they lie in memory.
    """

    model: nn.Module
    target: Target
    layer: str | None
    recorded: dict[str, Tensor]
    batch_size: int
    layout: torch.memory_format = torch.contiguous_format

    def outputs(self, x: Tensor) -> Tensor:
        """Put inputs through the net.

        Args:
            x: inputs (n, …).

        Returns:
            The net's scores (n, K), or what the layer puts out (n, …).

        Raises:
            ValueError: the net gives no scores, or the layer does not run or gives no output for each input.
        """
        outputs = self.model(x.contiguous(memory_format=self.layout))
        if self.layer is None:
            return check_scores(outputs, len(x))
        if self.layer not in self.recorded:
            raise ValueError(f"layer {self.layer!r} does not run in a forward pass")
        outputs = self.recorded[self.layer]
        if len(outputs) != len(x) or outputs.ndim < 2:
            raise ValueError(
                f"layer {self.layer!r} gives {tuple(outputs.shape)} for {len(x)} inputs; wanted one output"
                " for each input (N, …)"
            )
        return outputs

    def target_of(self, images: Tensor) -> Target:
        """Return the targets of some of the images.

        Args:
            images: their indices (n,).

        Returns:
            The rows of the targets that belong to them; the target itself where all have the same.
        """
        if isinstance(self.target, Tensor) and self.target.ndim > 0:
            return self.target[images.to(self.target.device)]
        return self.target

    def scores(self, x: Tensor, images: Tensor) -> Tensor:
        """Return the explained scores of inputs.

        Args:
            x: inputs (n, …) that are images, or are made from them.
            images: the index (n,) of the image that each is made from.

        Returns:
            Scores (n,).

        Raises:
            ValueError: the net gives no scores, or the target does not fit them.
        """
        return score(self.outputs(x), self.target_of(images))

    def settle(self, x: Tensor) -> None:
        """Fix the targets to those of ``x``, so that changed copies of an image are asked about the same.

        Where the target was given, nothing changes; else it is the strongest unit of each image.

        Args:
            x: the images (N, …).

        Raises:
            ValueError: the net gives no scores, or the layer none for each input.
        """
        if self.target is None:
            index = [
                resolve(self.outputs(x[images]), None) for images, _ in batches(len(x), 1, self.batch_size)
            ]
            self.target = torch.cat(index)

    def gradient(self, x: Tensor, images: Tensor) -> Tensor:
        """Return ∂s/∂x of the explained scores s.

        Args:
            x: inputs (n, …) that are images, or are made from them.
            images: the index (n,) of the image that each is made from.

        Returns:
            The gradient, shaped like ``x``.

        Raises:
            ValueError: the scores cannot be differentiated, or the target does not fit them.
        """
        return input_gradient(lambda inputs: self.scores(inputs, images).sum(), x)


def input_gradient(objective: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """Return ∂ objective(x) / ∂x, and touch no other gradient.

    Args:
        objective: maps inputs to one number.
        x: where the gradient is taken; also a tensor made in inference mode.

    Returns:
        Gradient shaped like ``x``.

    Raises:
        ValueError: the objective cannot be differentiated with respect to ``x``: see ``derivative``.
    """
    with torch.inference_mode(False):  # which also turns gradients on, whatever the caller turned off
        leaf = x.detach().clone(memory_format=torch.contiguous_format).requires_grad_()
        return derivative(objective(leaf.clone()), leaf)  # a copy, since a net may write to its input


@contextmanager
def explaining(
    model: nn.Module,
    x: Tensor,
    target: Target,
    *,
    layer: str | None = None,
    batch_size: int = 16,
    checked: bool = False,
) -> Iterator[Scorer]:
    """Check the input and put the net in evaluation mode; after the block everything is as it was.

    The net runs in its own precision, also where the caller asked for ``torch.autocast``.

    Inside the block nothing is differentiated but by ``Scorer.gradient``.

    Args:
        model: the net.
        x: what is explained; see ``check_input``.
        target: see ``resolve``.
        layer: name of the layer whose unit is explained; None for the net's scores.
        batch_size: how many inputs go through the net at once.
        checked: whether the caller has looked at the pixels, by ``check_images``.

    Yields:
        The scorer, which gives scores and their gradients.

    Raises:
        ValueError: bad net, input, target or layer.
    """
    check_input(model, x, checked=checked)
    check_count("batch_size", batch_size)
    if target is not None and not isinstance(target, int | tuple):
        target = as_labels(target, "target")
        _check_length(len(target) if target.ndim else len(x), len(x))
    recording = record(model) if layer is None else record(model, layer)
    preserved = preserved_random_state(x.device)  # should the net draw random numbers
    precise = torch.autocast(x.device.type, enabled=False)
    with (
        naming_inference_mode(),
        evaluating(model),
        preserved,
        precise,
        recording as recorded,
        torch.no_grad(),
    ):
        yield Scorer(model, target, layer, recorded, batch_size)
