"""A widget that asks what if: one factor of a scene is moved, and the scores and the heatmap follow."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import torch
from matplotlib.figure import Figure
from torch import Tensor, nn

from coursekit.attribution import heatmap
from coursekit.datasets.scenes import Scenes
from coursekit.plots.layout import Panel
from coursekit.plots.mosaics import mosaic
from coursekit.plots.output import SCREEN
from coursekit.plots.pixels import overlay, to_pixels
from coursekit.plots.theme import style
from coursekit.widgets.explorer import choice, explore, slider
from coursekit.widgets.pictures import class_names, scores

__all__ = ["whatif_picture", "whatif_widget"]

Method = Callable[[nn.Module, Tensor, int], Tensor]
_ROOM = 320  # pixels beside the pictures, for the curve


def whatif_widget(model: nn.Module, method: Method, target: int, sweeps: Mapping[str, Scenes]) -> None:
    """Show a scene, its heatmap and the score of a class while one factor of the scene is moved.

    Args:
        model: the net.
        method: ``method(model, x, target)``, which returns an attribution.
        target: the class whose score is shown and explained.
        sweeps: name of a factor → the scene at each of its values, as ``scenes.sweep`` draws it.

    Raises:
        ValueError: there is no sweep, they differ in length, or a scene lacks the factor.

    Reference: Wexler et al. 2020, The What-If Tool (arXiv:1907.04135).
    """
    lengths = {len(sweep) for sweep in sweeps.values()}
    if len(lengths) != 1:
        raise ValueError(f"sweeps: wanted at least one, and all of one length, got {sorted(lengths)}")
    last = lengths.pop() - 1

    @cache
    def answers(factor: str) -> Tensor:
        return scores(model, sweeps[factor].images)

    def draw(factor: str, step: int) -> Figure:
        sweep = sweeps[factor]
        return whatif_picture(model, method, target, sweep, factor, step, answers=answers(factor))

    explore(
        draw,
        alt="A scene, its heatmap laid over it, and how the score of its class and that of the best other "
        f"class change while {next(iter(sweeps))} does.",
        factor=choice("Factor", list(sweeps)),
        step=slider("Value", 0, last, last // 2),
    )


def whatif_picture(
    model: nn.Module,
    method: Method,
    target: int,
    sweep: Scenes,
    factor: str,
    step: int,
    *,
    answers: Tensor | None = None,
) -> Figure:
    """Return one scene of a sweep, its heatmap over it, and the scores over all values of the factor.

    Args:
        model: the net.
        method: ``method(model, x, target)``, which returns an attribution.
        target: the class whose score is shown and explained.
        sweep: the scene at each value of the factor.
        factor: its name.
        step: which scene to show.
        answers: the scores of the sweep (N, K), where they are known already.

    Returns:
        The figure; ``show`` brings it into a notebook.

    Raises:
        ValueError: no scene of the sweep has that factor, there is no such step, or what the method raises.
    """
    if not 0 <= step < len(sweep) or factor not in sweep.factors[0]:
        raise ValueError(
            f"wanted a factor of the scenes and a step below {len(sweep)}, got {factor!r} and {step}"
        )
    answers = scores(model, sweep.images) if answers is None else answers
    classes = class_names(model, answers.shape[1])
    image, values = sweep.images[step : step + 1], [record[factor] for record in sweep.factors]
    shown = values[step] if isinstance(values[step], str) else f"{values[step]:.2g}"
    panels = [
        Panel(to_pixels(image)[0], f"{factor} {shown}"),
        Panel(overlay(image, heatmap(method(model, image, target)))[0], classes[int(answers[step].argmax())]),
    ]
    figure = mosaic([panels], margin=_ROOM)
    others = answers.index_fill(1, torch.tensor([target]), -torch.inf).amax(1)
    _draw_curves(figure, values, step, {classes[target]: answers[:, target], "best other class": others})
    figure.axes[-1].set_xlabel(factor)
    return figure


def _draw_curves(figure: Figure, values: Sequence[Any], step: int, curves: Mapping[str, Tensor]) -> None:
    """Draw scores over the values of a factor at the right end of a figure; a line marks this one."""
    named = isinstance(values[0], str)
    at = range(len(values)) if named else values
    width, height = (SCREEN * inches for inches in figure.get_size_inches())
    with style() as theme:
        em = theme.em
        left, foot = (width - _ROOM + 3 * em) / width, 3.2 * em / height
        axes = figure.add_axes((left, foot, (_ROOM - 4 * em) / width, (height - 5.4 * em) / height))
        for name, curve in curves.items():
            axes.plot(at, curve, label=name)
        axes.axvline(at[step], color=theme.colours.faint, zorder=0)
        axes.set_ylabel("score")
        if named:
            axes.set_xticks(at, values, rotation=90)
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2, frameon=False, handlelength=1.4)
