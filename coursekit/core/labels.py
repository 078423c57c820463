"""Labels, which are whole numbers, and the scores that they are held against."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

__all__ = ["Labels", "as_labels", "check_scores", "check_tensor", "class_scores"]

Labels = Tensor | np.ndarray | Sequence[int]
"""The class of each image: a tensor, an array or a list of whole numbers."""
_WRAP = 'ck.wrap(model, classes=("no", "yes"))'


def as_labels(values: Labels | int, what: str = "labels") -> Tensor:
    """Return whole numbers as a tensor of them.

    Args:
        values: a number, or a list, an array or a tensor of them.
        what: they are, for the message.

    Returns:
        A tensor of integers, shaped like ``values``.

    Raises:
        ValueError: they are no whole numbers: names, floats, bools.
    """
    try:
        # An array is copied: one read backwards, read-only or of another byte order, torch does not take.
        with torch.inference_mode(False):  # or no graph could keep them
            found = torch.as_tensor(_native(values) if isinstance(values, np.ndarray) else values)
            found = found.clone() if found.is_inference() else found
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"{what}: wanted whole numbers, got {values!r} ({error})") from error
    if found.is_floating_point() or found.is_complex() or found.dtype == torch.bool:
        raise ValueError(f"{what}: wanted whole numbers, got {found.dtype} of shape {tuple(found.shape)}")
    return found


def _native(values: np.ndarray) -> np.ndarray:
    return np.array(values, dtype=values.dtype.newbyteorder("="), order="C")


def check_scores(outputs: Any, inputs: int) -> Tensor:
    """Return a net's outputs if they are scores, one row for each input.

    Args:
        outputs: what the net gave.
        inputs: how many inputs N it was given.

    Returns:
        The same outputs, (N, classes).

    Raises:
        ValueError: they are no such scores; the message says what takes scores out of other outputs.
    """
    scores = check_tensor(outputs)
    if scores.ndim != 2 or len(scores) != inputs:
        hint = f"; for one number each: {_WRAP}" if scores.shape == (inputs,) else ""
        raise ValueError(
            f"the net gives {tuple(scores.shape)} for {inputs} inputs; wanted scores (N, classes){hint}"
        )
    return scores


def check_tensor(outputs: Any) -> Tensor:
    """Return a net's outputs if they are one tensor.

    Args:
        outputs: what the net gave.

    Returns:
        The same outputs.

    Raises:
        ValueError: they are something else, such as a tuple or a dict.
    """
    if not isinstance(outputs, Tensor):
        raise ValueError(
            f"the net gives a {type(outputs).__name__}; wanted scores (N, classes), which ck.wrap(model)"
            " takes out of a tuple, a dict or an object with .logits"
        )
    return outputs


def class_scores(outputs: Any, inputs: int) -> Tensor:
    """Return a net's outputs if they are scores of two classes or more, for a softmax or the likeliest class.

    Args:
        outputs: what the net gave.
        inputs: how many inputs N it was given.

    Returns:
        The same outputs, (N, K) with K ≥ 2.

    Raises:
        ValueError: no scores (N, K) come out, or scores (N, 1), of which the likeliest is always the one.
    """
    scores = check_scores(outputs, inputs)
    if scores.shape[1] < 2:
        raise ValueError(
            f"the net gives one score for each image; wanted one for each of two classes or more: {_WRAP}"
            " makes of a score s two, whose softmax is 1 − σ(s) and σ(s)"
        )
    return scores
