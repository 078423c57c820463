"""Columns: layers, filters and features."""

import torch
from torch import Tensor, nn

import coursekit as ck
from tests.zoo import oracles
from tests.zoo.case import Case
from tests.zoo.methods import method
from tests.zoo.synthesis import deep


@method("record", "layers", lambda case: _recorded(case))
def record(case: Case, ours: dict[str, Tensor]) -> float:
    name = deep(case)
    return oracles.error(ours[name], oracles.activation(case, name, case.one)[0].detach())


def _recorded(case: Case) -> dict[str, Tensor]:
    with ck.record(case.model, deep(case)) as outputs, torch.no_grad():
        case.model(case.one.clone())
        return dict(outputs)


@method("map_layers", "layers", lambda case: ck.map_layers(case.model, case.x))
def map_layers(case: Case, ours: list[str]) -> float:
    assert ours == list(case.maps), f"differ by {sorted({*ours} ^ {*case.maps}) or 'their order'}"
    return 0.0


@method(
    "activation_ranges", "layers", lambda case: ck.activation_ranges(case.model, case.one, case.target[:1])
)
def activation_ranges(case: Case, ours: list) -> float:
    """Of three layers; the others are read in the same pass."""
    errors, own = [], {case.name_of(layer) for layer in case.inner.modules() if layer is not case.model}
    readings = [reading for reading in ours if reading.layer in own]  # and not the normalisation
    for reading in (readings[0], readings[len(readings) // 2], readings[-1]):
        output, scores = oracles.activation(case, reading.layer, case.one)
        (slope,) = torch.autograd.grad(scores[0, case.target[0]], output)
        ends = (output.min(), output.max(), slope.min(), slope.max())
        found = (reading.low, reading.high, reading.gradient_low, reading.gradient_high)
        errors.append(oracles.error(torch.cat(found), torch.stack(ends).detach()))
    return max(errors)


def early(case: Case) -> str:
    """The fourth convolution, or the last: the field of a later one is as large as the picture."""
    return list(case.convolved)[:4][-1]


def no_window(case: Case) -> set[str]:
    """Return nothing if a unit's rows are a window of its own; else the layer's name.

    Behind a mean over all positions, as in squeeze-and-excitation, each unit sees the whole picture. So it
    may where windows are large, and then an answer has to say so.
    """
    rows = oracles.seen_rows(case, early(case), 0), oracles.seen_rows(case, early(case), -1)
    edge = case.entry.size
    return {early(case)} if rows[0][-1] == edge - 1 and rows[1][0] == 0 else set()


@method(
    "receptive_field",
    "layers",
    lambda case: ck.receptive_field(case.model, case.x, early(case)),
    excuse=no_window,
)
def receptive_field(case: Case, ours: object) -> float:
    """Fields that lie inside the picture are what is seen; of others, which maps cut off, a part is."""
    height = case.maps[early(case)].shape[2]
    for unit in {0, height // 2, height - 1}:
        top, _, bottom, _ = ours.box(unit, 0)
        seen = oracles.seen_rows(case, early(case), unit)
        found = f"{early(case)}, {unit}: sees rows {seen[0]}–{seen[-1]}, not {top}–{bottom - 1}"
        # A stride larger than a kernel leaves rows out.
        assert top <= seen[0] <= seen[-1] < bottom, found
        if top >= 0 and bottom <= case.entry.size:
            assert (seen[0], seen[-1]) == (top, bottom - 1), found
    return 0.0


@method(
    "activation_peaks",
    "layers",
    lambda case: ck.activation_peaks(case.model, case.x, [early(case)], quiet=True),
    excuse=no_window,
)
def activation_peaks(case: Case, ours: dict) -> float:
    maps = oracles.activation(case, early(case), case.x)[0].detach()
    peaks = ours[early(case)]
    flat = peaks.rows * maps.shape[3] + peaks.columns
    assert torch.equal(flat, maps.flatten(2).argmax(2)), "peaks lie elsewhere"
    return oracles.error(peaks.values, maps.amax((2, 3)))


@method(
    "top_patches",
    "layers",
    lambda case: ck.top_patches(
        case.x, ck.activation_peaks(case.model, case.x, [early(case)], quiet=True)[early(case)], 1, k=1
    ),
    excuse=no_window,
)
def top_patches(case: Case, ours: object) -> float:
    """The patch alone, in a grey picture, makes the unit fire as much, if it lies inside the picture."""
    maps = oracles.activation(case, early(case), case.x)[0].detach()[:, 1]
    top, left, bottom, right = ours.boxes[0]
    image, edge = ours.images[0], case.entry.size
    rows, columns = (slice(max(a, 0), min(b, edge)) for a, b in ((top, bottom), (left, right)))
    inside = ours.crops[0][:, rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
    assert torch.equal(inside, case.x[image][:, rows, columns]), "the crop is no part of the picture"
    alone = torch.full_like(case.one, 0.5)
    alone[0][:, rows, columns] = case.x[image][:, rows, columns]
    fired = oracles.activation(case, early(case), alone)[0].detach()[0, 1]
    errors = [oracles.error(ours.values[:1], maps.amax((1, 2)).amax()[None])]
    row, column = ours.units[0].tolist()
    errors.append(oracles.error(fired[row, column][None], maps.amax()[None]))
    return max(errors)


@method("first_kernels", "layers", lambda case: ck.first_kernels(case.model))
def first_kernels(case: Case, ours: Tensor) -> float:
    first = next(layer for layer in case.model.modules() if isinstance(layer, nn.Conv2d))
    assert first.in_channels == 3, "it does not see the picture"
    return oracles.error(ours, first.weight.detach())


def head(case: Case) -> tuple[nn.Linear, Tensor] | None:
    """Return the linear layer that puts out the scores, and what it is given."""
    given: list[tuple[nn.Linear, Tensor, Tensor]] = []
    hooks = [
        layer.register_forward_hook(lambda layer, x, y: given.append((layer, x[0], y)))
        for layer in case.model.modules()
        if isinstance(layer, nn.Linear)
    ]
    with torch.no_grad():
        case.peer(case.x.clone())
    for hook in hooks:
        hook.remove()
    if given and torch.equal(given[-1][2], case.scores):
        return given[-1][:2]
    return None


@method(
    "features",
    "layers",
    lambda case: ck.features(case.model, case.x, batch_size=2),
    lambda case: set() if head(case) else {"no linear layer puts out the scores"},
)
def features(case: Case, ours: Tensor) -> float:
    return oracles.error(ours, head(case)[1])


@method(
    "layer_features", "layers", lambda case: ck.layer_features(case.model, case.x, [deep(case)], batch_size=2)
)
def layer_features(case: Case, ours: dict[str, Tensor]) -> float:
    maps = oracles.activation(case, deep(case), case.x)[0].detach()
    return oracles.error(ours[deep(case)], maps.mean((2, 3)))
