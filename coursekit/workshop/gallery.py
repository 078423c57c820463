"""A page with every kind of figure at its true size, in all themes: for who changes one, to look at."""

import html
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from coursekit import plots
from coursekit.core.files import replacing
from coursekit.datasets.scenes import CLASSES, Scenes, draw, redrawn
from coursekit.models.networks import scene_net
from coursekit.plots.output import Picture, Still, render
from coursekit.plots.theme import THEMES, Theme

__all__ = ["figures", "write_gallery"]

Figures = Mapping[str, Callable[[], Picture]]
"""Name → what draws the figure."""

_LOSSLESS = ("image_grid of kernels", "image_grid, lossless")
_PACES = {"car": 3, "tree": 6, "house": 12}

_PAGE = """<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><title>Figures, {theme}</title>
<style>
body {{ margin: 2rem; background: {paper}; color: {ink}; font: 16px/1.45 system-ui, sans-serif; }}
h2 {{ margin: 3rem 0 0.8rem; font: 600 15px monospace; color: {soft}; }}
img {{ display: block; }} nav a {{ color: inherit; margin-right: 1em; }}
p {{ color: {soft}; max-width: 60em; margin: 0.6rem 0 0; }}
</style>
<nav>{links}</nav>
{figures}
</html>
"""


def write_gallery(out: Path) -> Path:
    """Write a page for each theme, with every figure at its true size.

    Args:
        out: folder for the pages and their pictures.

    Returns:
        The path of the page of the theme "light".
    """
    out.mkdir(parents=True, exist_ok=True)
    for theme in THEMES.values():
        with _in_theme(theme):
            parts = [_part(out, theme, name, make) for name, make in figures().items()]
        with replacing(out / f"{theme.name}.html") as unfinished:
            unfinished.write_text(_page(theme, "\n".join(parts)), encoding="utf-8")
    return out / "light.html"


def _page(theme: Theme, parts: str) -> str:
    colours = theme.colours
    links = "".join(f'<a href="{name}.html">{name}</a>' for name in THEMES)
    return _PAGE.format(
        theme=theme.name, paper=colours.paper, ink=colours.ink, soft=colours.soft, links=links, figures=parts
    )


@contextmanager
def _in_theme(theme: Theme) -> Iterator[None]:
    before = os.environ.get("COURSEKIT_THEME")
    os.environ["COURSEKIT_THEME"] = theme.name
    try:
        yield
    finally:
        if before is None:
            del os.environ["COURSEKIT_THEME"]
        else:
            os.environ["COURSEKIT_THEME"] = before


def _part(out: Path, theme: Theme, name: str, make: Callable[[], Picture]) -> str:
    still = render(make(), lossless=name in _LOSSLESS)
    file = f"{theme.name}-{name.replace(' ', '-')}.{still.mime.removeprefix('image/')}"
    with replacing(out / file) as unfinished:
        unfinished.write_bytes(still.data)
    shown = f'<img alt="" src="{file}" width="{still.width}">'
    return f"<h2>{html.escape(name)}</h2>\n{shown}\n<p>{_about(still)}</p>"


def _about(still: Still) -> str:
    kind, size = "without loss" if still.panels else still.mime, len(still.data) / 1000
    return f"{still.width} pixels wide, {still.density:g} stored for each, {size:.0f} kB, {kind}"


def figures() -> Figures:
    """Return every figure function of ``coursekit.plots`` with an example, and diagrams of three nets."""
    scenes = draw(6, seed=5)
    return {**_grids(scenes), **_answers(scenes), **_charts(), **_maps(scenes), **_nets()}


def _grids(scenes: Scenes) -> Figures:
    x, names = scenes.images, [scenes.classes[label] for label in scenes.labels]
    heat, signed = _heat(scenes), _signed(scenes)
    large = redrawn(scenes[:3], size=384).images
    beside = torch.cat([nn.functional.interpolate(x[:3], size=384), large])
    return {
        "image_grid": lambda: plots.image_grid(x, names),
        "image_grid of kernels": lambda: plots.image_grid(_kernels(), columns=8, smallest=90),
        "heatmap_grid": lambda: plots.heatmap_grid(x[:4], {"gradient": heat[:4]}, names[:4]),
        "heatmap_grid over": lambda: plots.heatmap_grid(x[:3], {"cam": heat[:3]}, over=True),
        "signed_grid": lambda: plots.signed_grid(x[:4], {"relevance": signed[:4]}, names[:4]),
        "signed_grid over": lambda: plots.signed_grid(x[:3], {"relevance": signed[:3]}, over=True),
        "plate of scenes, as the net sees them and drawn anew": lambda: plots.plate(
            beside, names[:3] + [""] * 3, columns=3, rows=["for the net", "for people"]
        ),
        "plate": lambda: plots.plate(redrawn(scenes[4:]).images, names[4:], smooth=True),
        "image_grid, lossless": lambda: plots.image_grid(x[:3], names[:3]),
    }


def _heat(scenes: Scenes) -> Tensor:
    """Made-up heat: broad on the object, with specks beside it."""
    noise = torch.rand(scenes.masks.shape, generator=torch.Generator().manual_seed(0))
    mask = scenes.masks.float()[:, None]
    broad = nn.functional.avg_pool2d(mask, 31, 1, 15)[:, 0]
    return broad + 0.4 * noise**12


def _signed(scenes: Scenes) -> Tensor:
    noise = torch.randn(scenes.masks.shape, generator=torch.Generator().manual_seed(1))[:, None]
    smooth = nn.functional.avg_pool2d(noise, 5, 1, 2)[:, 0]
    return smooth * _heat(scenes)


def _kernels() -> Tensor:
    noise = torch.randn(16, 3, 9, 9, generator=torch.Generator().manual_seed(2))
    smooth = nn.functional.avg_pool2d(noise, 3, 1, 1)
    return (0.5 + smooth / 2).clamp(0, 1)


def _answers(scenes: Scenes) -> Figures:
    noise = torch.randn(6, len(scenes.classes), generator=torch.Generator().manual_seed(3))
    shares = (2 * noise + 4 * nn.functional.one_hot(scenes.labels, len(scenes.classes))).softmax(1)
    right = [scenes.classes[label] for label in scenes.labels]
    sizes = {"one": 1, "three": 3, "five": 5}
    return {
        f"answers, {word}": partial(
            plots.answers,
            scenes.images[:n],
            scenes.classes,
            shares[:n],
            top=5 if n == 1 else 3,
            truth=right[:n],
        )
        for word, n in sizes.items()
    }


def _charts() -> Figures:
    x = torch.arange(0, 30)
    falls = {"gradient": (-x / 5).exp(), "SmoothGrad": (-x / 9).exp(), "occlusion": (x / 9).sin() ** 2}
    nets = {
        net: {"usual net": (-x / a).exp(), "robust net": (-x / (3 * a)).exp()} for net, a in _PACES.items()
    }
    shares = {"wheels": 0.8, "window": -0.3, "roof": 0.45, "sky": -0.62, "door": 0.05}
    rows = {"Grad-CAM": (0.5, 0.4, 0.6), "saliency": (0.3, 0.25, 0.4), "occlusion": (0.7, 0.6, 0.75)}
    other = {name: tuple(value + 0.06 for value in values) for name, values in rows.items()}
    axes: dict[str, Any] = {"xlabel": "steps", "ylabel": "probability of the class"}
    return {
        "lines": lambda: plots.lines(x, falls, **axes, title="How fast the class goes"),
        "panels": lambda: plots.panels(x, nets, **axes),
        "bars": lambda: plots.bars(
            {k: abs(v) for k, v in shares.items()}, xlabel="share of the score", title="What counts"
        ),
        "bars with signs": lambda: plots.bars(
            shares, xlabel="part in the score (outline: before)", before=dict.fromkeys(shares, 0.2)
        ),
        "intervals": lambda: plots.intervals(
            {"usual net": rows, "robust net": other}, xlabel="share on the object", floor=0.2
        ),
    }


def _maps(scenes: Scenes) -> Figures:
    generator = torch.Generator().manual_seed(4)
    labels = torch.arange(400) % 8
    points = torch.randn(400, 2, generator=generator) + 9 * torch.rand(8, 2, generator=generator)[labels]
    names = list(scenes.classes[:8])
    places = torch.tensor([[k // 3, k % 3] for k in range(6)])
    return {
        "point_maps": lambda: plots.point_maps(
            {"t-SNE": points, "turned": points.flip(1)}, labels, names, columns=2
        ),
        "image_map": lambda: plots.image_map(scenes.images, places),
    }


def _nets() -> Figures:
    from torchvision.models import mobilenet_v2, resnet18

    return {
        "net_diagram": lambda: plots.net_diagram(scene_net(CLASSES), 128),
        "net_diagram with residual blocks": lambda: plots.net_diagram(resnet18(weights=None), 224),
        "net_diagram, folded": lambda: plots.net_diagram(mobilenet_v2(weights=None), 224),
    }
