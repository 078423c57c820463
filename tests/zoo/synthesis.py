"""Columns: pictures that are made."""

import torch
from torch import Tensor

import coursekit as ck
from coursekit.synthesis import objectives
from tests.zoo.attacks import check_pixels
from tests.zoo.case import Case
from tests.zoo.methods import method


def score(case: Case, x: Tensor, target: int) -> float:
    with torch.no_grad():
        return case.peer(x.clone())[:, target].sum().item()


SLOWLY = {"lr": 1e-4, "tv_weight": 0}
PLAIN = {"transforms": (), "regularisers": ()}


@method(
    "maximize",
    "pictures",
    lambda case: [
        ck.maximize(case.model, 1, size=case.entry.size, steps=n, lr=0.0003, **PLAIN) for n in (1, 4)
    ],
)
def maximize(case: Case, ours: list[Tensor]) -> None:
    check_pixels(case, ours[1])
    assert score(case, ours[1], 1) > score(case, ours[0], 1), "four steps are no better than one"


@method(
    "maximize, as it is by default",
    "pictures",
    lambda case: ck.maximize(case.model, 1, size=case.entry.size, steps=2),
)
def maximize_by_default(case: Case, ours: Tensor) -> None:
    check_pixels(case, ours)


def _energy(case: Case, layer: str, x: Tensor) -> float:
    kept = []
    hook = case.model.get_submodule(layer).register_forward_hook(lambda *args: kept.append(args[2]))
    with torch.no_grad():
        case.peer(x.clone())
    hook.remove()
    return kept[0].square().sum().item()


@method("deep_dream", "pictures", lambda case: (dream(case, 1, **GENTLY), dream(case, 2, steps=1)))
def deep_dream(case: Case, ours: tuple[Tensor, Tensor]) -> None:
    """There is more of it after small steps; octaves, which may go anywhere, are tried by themselves."""
    for found in ours:
        check_pixels(case, found)
    assert _energy(case, deep(case), ours[0]) > _energy(case, deep(case), case.one), "there is no more of it"


GENTLY = {"steps": 2, "step_size": 1e-4, "jitter": 0}


def dream(case: Case, octaves: int, **settings: float) -> Tensor:
    return ck.deep_dream(case.model, case.one, objectives.layer(deep(case)), octaves=octaves, **settings)


def deep(case: Case) -> str:
    """A layer of maps in the middle of the net."""
    names = list(case.convolved)
    return names[len(names) // 2]


def wide(case: Case) -> list[str]:
    """The first layer of maps, and that in the middle."""
    return [next(iter(case.convolved)), deep(case)]


@method(
    "invert",
    "pictures",
    lambda case: [
        ck.invert(case.model, _given(case), deep(case), size=case.entry.size, steps=n, **SLOWLY)
        for n in (1, 4)
    ],
)
def invert(case: Case, ours: list) -> None:
    check_pixels(case, ours[1].images)
    assert ours[1].error < ours[0].error, "four steps are no better than one"


def _given(case: Case) -> Tensor:
    return case.maps[deep(case)]


def _like(case: Case, ours: list[Tensor]) -> None:
    check_pixels(case, ours[1])
    off = [_style(case, x) for x in ours]
    assert off[1] < off[0], "four steps are no better than one"


def _style(case: Case, x: Tensor) -> float:
    """Return how far channels are from firing together as for the second picture."""
    total = 0.0
    for layer in wide(case):
        found, wanted = (_gram(case, layer, picture) for picture in (x, case.x[1:]))
        total += ((found - wanted).square().sum() / wanted.square().sum()).item()
    return total


def _gram(case: Case, layer: str, x: Tensor) -> Tensor:
    kept = []
    hook = case.model.get_submodule(layer).register_forward_hook(lambda *args: kept.append(args[2]))
    with torch.no_grad():
        case.peer(x.clone())
    hook.remove()
    return torch.einsum("nihw,njhw->ij", kept[0], kept[0]) / kept[0][0, 0].numel()


@method(
    "texture",
    "pictures",
    lambda case: [
        ck.texture(case.model, case.x[1:], size=case.entry.size, style_layers=wide(case), steps=n, **SLOWLY)
        for n in (1, 4)
    ],
)
def texture(case: Case, ours: list[Tensor]) -> None:
    _like(case, ours)


@method(
    "style_transfer",
    "pictures",
    lambda case: [
        ck.style_transfer(
            case.model,
            case.one,
            case.x[1:],
            content_layer=deep(case),
            style_layers=wide(case),
            steps=n,
            style_weight=100,
            **SLOWLY,
        )
        for n in (1, 4)
    ],
)
def style_transfer(case: Case, ours: list[Tensor]) -> None:
    _like(case, ours)
