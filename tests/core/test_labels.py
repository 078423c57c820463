"""Labels of any make, and nets that give one score or none."""

from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

from coursekit import attacks, attribution, subject
from coursekit.core.labels import as_labels
from coursekit.embeddings import purity
from coursekit.fairness import audits
from coursekit.models import training
from coursekit.synthesis import channel, maximize, neuron, score
from coursekit.widgets import pictures
from tests.attacks.methods import ASKING, ATTACKS, MASK
from tests.attribution import methods, nets
from tests.attribution.test_errors import Gives

IMAGES = (nets.images(3, size=20) * 255).round() / 255
LABELS = torch.tensor([0, 1, 2])
HEAT = IMAGES.mean(1)
MAKES = {
    "list": [0, 1, 2],
    "list of NumPy's": list(np.arange(3)),
    "list of tensors": list(LABELS),
    "array": np.arange(3),
    "small array": np.arange(3, dtype=np.uint8),
    "other byte order": np.arange(3, dtype=">i4"),
    "backwards": np.arange(3)[::-1][::-1],
    "tensor": LABELS.int(),
}
ASKED = {
    **{name: attack for name, (attack, _, _) in ATTACKS.items() if name not in {"deepfool", "patch"}},
    **{name: ask for name, ask in ASKING.items() if name != "with_saliency"},
    "attacked_images": lambda m, x, y: attacks.attacked_images(m, x, y, partial(attacks.fgsm, eps=0.1)),
    "evaluate": lambda m, x, y: torch.tensor(training.evaluate(m, x, y)),
    "purity": lambda m, x, y: purity(x, y, 1),
    "deletion": lambda m, x, y: attribution.deletion(m, x, HEAT, y, steps=2),
    "insertion": lambda m, x, y: attribution.insertion(m, x, HEAT, y, steps=2),
    **{name: methods.CLASSIFIER[name] for name in ("saliency", "occlusion", "grad_cam", "lrp")},
}


@pytest.mark.parametrize("name", ASKED)
def test_labels_are_taken_as_a_list_or_an_array(name: str) -> None:
    model = nets.seeded(nets.Modular)
    expected = ASKED[name](model, IMAGES, LABELS)
    for make in ("list", "array"):
        assert torch.equal(ASKED[name](model, IMAGES, MAKES[make]), expected)


@pytest.mark.parametrize("values", MAKES.values(), ids=MAKES)
def test_whole_numbers_of_any_make(values) -> None:
    assert as_labels(values).tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    "number", [np.int64(2), np.array(2), torch.tensor(2)], ids=["NumPy", "array", "tensor"]
)
def test_one_number_of_any_make(number) -> None:
    model = nets.seeded(nets.Modular)
    for name in ("saliency", "grad_cam", "occlusion"):
        method = partial(methods.CLASSIFIER[name], model, IMAGES)
        assert torch.equal(method(number), method(2))
    patch = partial(attacks.adversarial_patch, model, IMAGES, size=5, steps=2, batch_size=2)
    paint = partial(attacks.masked_attack, model, IMAGES, mask=MASK, steps=2, copies=1)
    for attack in (patch, paint):
        assert torch.equal(attack(target=number), attack(target=2))
    climb = partial(maximize, model, size=20, steps=2)
    for about in (score, partial(neuron, "conv2")):
        assert torch.equal(climb(about(number)), climb(about(2)))
    assert score(number).name == "score(2)"


def test_labels_made_in_inference_mode_are_kept_by_a_graph() -> None:
    scores = torch.rand(3, 6, requires_grad=True)
    with torch.inference_mode():
        made = [as_labels(LABELS + 1), as_labels([1, 2, 3]), as_labels(1)]
    for labels in made:
        scores[:, labels].sum().backward()


def test_maximize_takes_what_argmax_gives() -> None:
    model, few = nets.seeded(nets.Modular), {"size": 20, "steps": 2}
    best = model(IMAGES).argmax(1)
    assert torch.equal(maximize(model, best, **few), maximize(model, best.tolist(), **few))
    assert len(maximize(model, model(IMAGES[:1]).argmax(), **few)) == 1


WRONG = {
    "floats": ([0.0, 1.0, 2.0], "got torch.float32"),
    "float array": (np.zeros(3), "got torch.float64"),
    "bools": (torch.tensor([True, False, True]), "got torch.bool"),
    "bool list": ([True, False, True], "got torch.bool"),
    "names": (["cat", "dog", "fish"], r"got \['cat', 'dog', 'fish'\]"),
}


@pytest.mark.parametrize(("values", "message"), WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("name", ASKED)
def test_other_labels_are_refused_by_name(name: str, values, message: str) -> None:
    with pytest.raises(ValueError, match=f"(labels|target): wanted whole numbers, {message}"):
        ASKED[name](nets.seeded(nets.Modular), IMAGES, values)


def fooling(target) -> None:
    attacks.fool_by_gradient(nets.Modular(), target)


@pytest.mark.parametrize("make", [score, partial(channel, "conv2"), partial(neuron, "conv2"), fooling])
@pytest.mark.parametrize("target", [1.0, True, "cat", torch.tensor(0.5)])
def test_other_targets_are_refused_by_name(make, target) -> None:
    with pytest.raises(ValueError, match="target: wanted whole numbers"):
        make(target)


def one_logit(squeezed: bool = False) -> nn.Module:
    net = nets.seeded(nets.Modular)
    net.head = nets.seeded(lambda: nn.Linear(12, 1))
    return nn.Sequential(net, Gives(lambda s: s.squeeze(1))) if squeezed else net


AMONG_CLASSES = {
    **{name: attack for name, (attack, _, _) in ATTACKS.items()},
    **{name: ask for name, ask in ASKING.items() if name != "with_saliency"},
    "deletion": lambda m, x, y: methods.METRICS["deletion"](m, x),
    "insertion": lambda m, x, y: methods.METRICS["insertion"](m, x),
    "occlusion": lambda m, x, y: methods.CLASSIFIER["occlusion"](m, x),
    "evaluate": training.evaluate,
    "fit": lambda m, x, y: training.fit(m, x, y, quiet=True),
    "prediction": lambda m, x, y: audits.predict(m, x),
    "predicted": lambda m, x, y: subject.predicted(named(m), x),
    "widgets": lambda m, x, y: pictures.scores(m, x),
}


def named(model: nn.Module) -> nn.Module:
    model.classes = ("no", "yes")
    return model


@pytest.mark.parametrize("squeezed", [False, True], ids=["(N, 1)", "(N,)"])
@pytest.mark.parametrize("name", AMONG_CLASSES)
def test_one_logit_is_no_choice_among_classes(name: str, squeezed: bool) -> None:
    with pytest.raises((ValueError, training.TrainingError), match=r'wrap\(model, classes=\("no", "yes"\)\)'):
        AMONG_CLASSES[name](one_logit(squeezed), IMAGES, LABELS.clamp(max=0))


@pytest.mark.parametrize("name", sorted({*methods.CLASSIFIER} - {"occlusion", "cam"}))
def test_one_logit_is_explained_as_the_score_that_it_is(name: str) -> None:
    """As the second of two scores, the first being 0; ``cam`` is for linear heads alone."""
    pair = nn.Sequential(one_logit(), Gives(lambda s: torch.nn.functional.pad(s, (1, 0))))
    method = methods.CLASSIFIER[name]
    found = method(one_logit(), IMAGES, 0)
    torch.testing.assert_close(found, method(pair, IMAGES, 1))
    assert found.any() or name == "conservation"  # in which, by its rule here, nothing leaks but roundings
