"""Makes the table of photographs: whose they are, under which licence, and what the net for them says."""

from typing import Any

import torch

from coursekit.core.devices import describe
from coursekit.datasets.photographs import CATALOGUE, DETAILS, Photograph, detail, photograph
from coursekit.models.checkpoints import load_model
from coursekit.models.imagenet import IMAGENET, class_names

__all__ = ["page", "table"]

NET = "imagenet"
_TOP = 3


def table(_n: int) -> dict[str, Any]:
    """Ask the net about every photograph and detail.

    Args:
        _n: not used; the number of scenes of the other tables.

    Returns:
        The table, as JSON holds it: name → width, height and answers, each a class with its probability.
    """
    return {
        "net": NET,
        "weights": IMAGENET[NET].sha256,
        "photographs": {
            name: {"size": list(photograph(name).shape[:0:-1]), "answers": answers}
            for name, answers in said({name: photograph(name, size=224) for name in CATALOGUE}).items()
        },
        "details": {
            name: {"photograph": DETAILS[name].photograph, "answers": answers}
            for name, answers in said({name: detail(name) for name in DETAILS}).items()
        },
        "versions": describe(),
    }


def said(pictures: dict[str, torch.Tensor]) -> dict[str, list[list[Any]]]:
    """Return what the net says of each picture: pairs of a class and its probability, the likeliest first.

    Args:
        pictures: name → (3, 224, 224) in [0, 1].

    Returns:
        Name → three pairs, the probability rounded to hundredths.
    """
    model, names = load_model(NET, device="cpu"), class_names()
    with torch.no_grad():
        values, classes = model(torch.stack(list(pictures.values()))).softmax(1).topk(_TOP)
    rows = zip(pictures, classes.tolist(), values.tolist(), strict=True)
    return {name: [[names[k], round(p, 2)] for k, p in zip(ks, ps, strict=True)] for name, ks, ps in rows}


def page(made: dict[str, Any]) -> str:
    """Return the card of the table as a page of Markdown.

    Args:
        made: what ``table`` returned.
    """
    pictures = "\n".join(_row(CATALOGUE[name], about) for name, about in made["photographs"].items())
    details = "\n".join(
        f"| {name} | {about['photograph']} | {_answers(about)} |" for name, about in made["details"].items()
    )
    machine = "\n".join(f"- {key}: {value}" for key, value in made["versions"].items())
    return f"""# photographs

`ck.photographs()` gives the real pictures that scikit-image, scikit-learn and matplotlib bring along.
Nothing is downloaded, none of them is ours, and none lies in this repository. The licences are those that
the packages state; where they state none, it says so, and the picture is used only as the package ships it.

What the net says is measured on the square that fits the picture best, at 224 pixels, by
`load_model("{NET}")` with the weights {made["weights"][:16]}…; a class and its probability, the three
likeliest. Made by this project with `coursekit measure photographs`.

| name | what it shows | file, pixels | by | licence | what the net says |
|---|---|---|---|---|---|
{pictures}

## Details

`ck.detail("eye")` gives a part of a photograph as a picture of its own, `ck.detail_mask("eye")` where it
lies.

| name | of | what the net says |
|---|---|---|
{details}

## Machine
{machine}
"""


def _row(one: Photograph, about: dict[str, Any]) -> str:
    file = f"{one.package}: {one.file.rpartition('/')[2]}, {about['size'][0]} × {about['size'][1]}"
    return f"| {one.name} | {one.shows} | {file} | {one.author} | {one.licence} | {_answers(about)} |"


def _answers(about: dict[str, Any]) -> str:
    return ", ".join(f"{name} {p:.2f}" for name, p in about["answers"])
