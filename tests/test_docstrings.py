"""What ``help()`` says: each public function and class is described completely, in its own docstring."""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

import coursekit

NOT_PUBLIC = ("coursekit.workshop", "coursekit.exercises", "coursekit.__main__")
SECTION = re.compile(r"^(Args|Attributes|Returns|Yields):\n((?:[ ].*\n|\n)*)", re.MULTILINE)
ELSEWHERE = re.compile(
    r"\bas for\b|\bas in ``|: as ``|\b(arguments|result|errors|raises) as\b|\bsame as for\b", re.IGNORECASE
)
"""What sends a reader to another docstring."""
EXCEPTIONS: set[str] = {
    "attacks.defence.Staircase.forward",
    "attacks.gradient.check_attack",
    "attacks.gradient.check_labels",
    "attacks.gradient.check_range",
    "attacks.gradient.fooled",
    "attacks.gradient.scores_of",
    "attacks.gradient.where_mask",
    "attacks.norms.L0.project",
    "attacks.norms.L0.random",
    "attacks.norms.L0.size",
    "attacks.norms.L0.steepest",
    "attacks.norms.L2.project",
    "attacks.norms.L2.random",
    "attacks.norms.L2.size",
    "attacks.norms.L2.steepest",
    "attacks.norms.Linf.project",
    "attacks.norms.Linf.random",
    "attacks.norms.Linf.size",
    "attacks.norms.Linf.steepest",
    "attacks.norms.Norm",
    "attacks.norms.Norm.project",
    "attacks.norms.Norm.random",
    "attacks.norms.Norm.size",
    "attacks.norms.Norm.steepest",
    "attacks.norms.assert_size",
    "attacks.norms.assert_within",
    "attacks.norms.find_norm",
    "attacks.norms.to_grid",
    "attacks.patch.physical_view",
    "attacks.robustness.attacked_images",
    "attacks.trials.pasted",
    "attacks.trials.patch",
    "attacks.trials.random_signs",
    "attribution.attentions.attentions",
    "attribution.class_activation_map.class_activation_map",
    "attribution.class_activation_map.divide",
    "attribution.faithfulness.area_under",
    "attribution.guided.deconvnet",
    "attribution.localisation.display_name",
    "attribution.localisation.fresh_scenes",
    "attribution.localisation.localise",
    "attribution.localisation.methods",
    "attribution.lrp.composites.chosen",
    "attribution.lrp.composites.find_composite",
    "attribution.lrp.composites.needs_depth",
    "attribution.lrp.contributions.Layer.negative",
    "attribution.lrp.contributions.Layer.positive",
    "attribution.lrp.contributions.Layer.total",
    "attribution.lrp.contributions.above",
    "attribution.lrp.contributions.below",
    "attribution.lrp.functions.Call.backward",
    "attribution.lrp.functions.Pixelwise",
    "attribution.lrp.functions.Ruled",
    "attribution.lrp.functions.StandIn",
    "attribution.lrp.functions.Unchanged",
    "attribution.lrp.nodes.Steps.admit",
    "attribution.lrp.nodes.Steps.are_behind",
    "attribution.lrp.nodes.Steps.run",
    "attribution.lrp.preprocessing.Preprocessing.leave",
    "attribution.lrp.preprocessing.Preprocessing.run",
    "attribution.lrp.rules.AlphaBeta.shares",
    "attribution.lrp.rules.Epsilon.shares",
    "attribution.lrp.rules.Gamma.shares",
    "attribution.lrp.rules.Proportional.shares",
    "attribution.lrp.rules.Rule.shares",
    "attribution.lrp.rules.WSquare.shares",
    "attribution.lrp.rules.ZBox.shares",
    "attribution.lrp.rules.ZPlus.shares",
    "attribution.lrp.rules.Zero.shares",
    "attribution.maps.Look.gradient",
    "attribution.maps.last_map",
    "attribution.maps.look",
    "attribution.metrics.random_heatmap",
    "attribution.occlusion.cover",
    "attribution.occlusion.evidence",
    "attribution.order.has_statistics",
    "attribution.order.in_order",
    "attribution.order.weights_of",
    "attribution.partial_forward.Tail",
    "attribution.partial_forward.Tail.record",
    "attribution.partial_forward.Tail.route",
    "attribution.partial_forward.tail",
    "attribution.rectified.RectifiedPlaces.follow",
    "attribution.reparametrised.plain_copy",
    "core.callers.warn_caller",
    "core.devices.describe",
    "core.devices.device",
    "core.devices.preserved_random_state",
    "core.devices.seed_everything",
    "core.devices.seeded",
    "core.files.data_path",
    "core.files.replacing",
    "core.graphs.check_leads_back",
    "core.graphs.derivative",
    "core.graphs.step_of",
    "core.hooks.entering",
    "core.hooks.evaluating",
    "core.hooks.find_layer",
    "core.hooks.passing",
    "core.hooks.record",
    "core.relus.relu_rule",
    "core.hooks.rerouted",
    "core.hooks.restoring",
    "core.hooks.running",
    "core.hooks.running_layer",
    "core.images.photographs",
    "core.images.to_tensor",
    "core.inputs.batches",
    "core.inputs.check_count",
    "core.inputs.check_precision",
    "core.inputs.weight_of",
    "core.intervals.normal",
    "core.intervals.wilson",
    "core.labels.as_labels",
    "core.labels.check_scores",
    "core.labels.check_tensor",
    "core.labels.class_scores",
    "core.locks.exclusive",
    "core.locks.here",
    "core.locks.holding",
    "core.places.Places.lost",
    "core.places.Places.of",
    "core.places.Places.watch",
    "core.places.Where.put_back",
    "core.places.Where.read",
    "core.places.tensors_in",
    "core.progress.progress",
    "core.refusals.check_net",
    "core.refusals.naming_inference_mode",
    "core.registry.Method.quickly",
    "core.registry.method",
    "core.registry.methods_of",
    "core.relus.ReluMode.finish",
    "core.relus.is_relu6",
    "core.targets.Scorer",
    "core.targets.Scorer.gradient",
    "core.targets.Scorer.outputs",
    "core.targets.Scorer.scores",
    "core.targets.Scorer.settle",
    "core.targets.Scorer.target_of",
}
"""Docstrings that are not complete yet. This list may only shrink."""


def modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(coursekit.__path__, "coursekit."):
        if not found.name.startswith(NOT_PUBLIC):
            yield importlib.import_module(found.name)


def public() -> dict[str, Any]:
    """Return the functions and classes that a module names in ``__all__``, and the methods of the classes."""
    found: dict[str, Any] = {}
    for module in modules():
        for name in getattr(module, "__all__", ()):
            thing = getattr(module, name)
            if not inspect.isfunction(thing) and not inspect.isclass(thing):
                continue
            if thing.__module__.startswith("coursekit."):
                place = f"{thing.__module__.removeprefix('coursekit.')}.{thing.__qualname__}"
                found |= {place: thing, **methods(place, thing)}
    return found


def methods(place: str, thing: Any) -> dict[str, Any]:
    """Return the public methods that a class itself defines, without properties."""
    own = vars(thing).items() if inspect.isclass(thing) else ()
    return {f"{place}.{name}": m for name, m in own if inspect.isfunction(m) and not name.startswith("_")}


def parameters(thing: Any) -> list[str]:
    if inspect.isclass(thing) and issubclass(thing, Exception):
        return []
    try:
        return [name for name in inspect.signature(thing).parameters if name != "self"]
    except ValueError:  # of a class that is written in C
        return []


def trouble(thing: Any) -> str | None:
    """Return what is missing in the docstring, or what sends its reader elsewhere."""
    text = inspect.getdoc(thing) or ""
    sections = dict(SECTION.findall(text + "\n"))
    described = sections.get("Args", "") + sections.get("Attributes", "")
    missing = [
        n for n in parameters(thing) if not re.search(rf"^ {{4}}\*{{0,2}}{n}: ", described, re.MULTILINE)
    ]
    if missing:
        return f"Args: without {', '.join(missing)}"
    if found := ELSEWHERE.search(text):
        return f"sends its reader elsewhere: {found[0]!r}"
    returned = inspect.signature(thing).return_annotation if inspect.isfunction(thing) else None
    if returned not in (None, "None", inspect.Signature.empty) and not {"Returns", "Yields"} & set(sections):
        return "no Returns:"
    return None


PUBLIC = public()


@pytest.mark.parametrize("place", sorted(PUBLIC.keys() - EXCEPTIONS))
def test_the_docstring_is_complete(place: str) -> None:
    assert not (found := trouble(PUBLIC[place])), found


def test_the_exceptions_are_needed() -> None:
    done = {place for place in EXCEPTIONS if place not in PUBLIC or not trouble(PUBLIC[place])}
    assert not done, "complete now: take them out of EXCEPTIONS"


def documented(x: int, *more: int) -> int:
    """Return x.

    Args:
        x: a number.
        *more: others.

    Returns:
        The same number.
    """
    return x


def without_arguments(x: int) -> None:
    """Print x."""


def without_returns(x: int) -> int:
    """Return x.

    Args:
        x: a number.
    """
    return x


def sending(x: int) -> None:
    """Print x.

    Args:
        x: as for ``documented``.
    """


def test_what_is_missing_is_found() -> None:
    assert trouble(documented) is None
    assert trouble(without_arguments) == "Args: without x"
    assert trouble(without_returns) == "no Returns:"
    assert trouble(sending) == "sends its reader elsewhere: 'as for'"
