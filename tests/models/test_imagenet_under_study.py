"""The net for photographs under attack and in dreams, and offline."""

import shutil
import subprocess
import sys

import pytest
import torch

from coursekit import attacks, synthesis
from coursekit.datasets.photographs import photograph
from coursekit.models.checkpoints import load_model
from coursekit.synthesis.objectives import channel, score
from coursekit.workshop.building.chapter import ROOT

OFFLINE = """
import coursekit as ck
model, pictures = ck.load_model("imagenet", device="cpu"), ck.photographs(size=224)
print(len(pictures), model.classes[model(pictures["coffee"][None]).argmax()])
"""


def test_twenty_steps_that_nobody_sees_make_the_cat_an_espresso() -> None:
    model, x = load_model("imagenet", device="cpu"), photograph("cat", size=224)[None]
    espresso = model.classes.index("espresso")
    fooled = attacks.pgd(model, x, [espresso], eps=2 / 255, steps=20, targeted=True, eight_bit=True)
    assert (fooled - x).abs().max() <= 2 / 255 + 1e-6
    assert model(fooled).softmax(1)[0, espresso] > 0.7
    assert model.classes[model(x).argmax()] == "Egyptian cat"


def test_pictures_of_a_class_and_of_a_unit_are_made() -> None:
    model = load_model("imagenet", device="cpu")
    for objective in (score(model.classes.index("lion")), channel("block5.expand", 3)):
        assert synthesis.maximize(model, objective, size=64, steps=2).isfinite().all()


def test_it_dreams() -> None:
    model, x = load_model("imagenet", device="cpu"), photograph("china", size=96)[None]
    dream = synthesis.deep_dream(model, x, channel("block5.expand", 3), octaves=1, steps=2)
    assert not torch.equal(dream, x)


def test_net_and_photographs_load_without_a_network() -> None:
    probe = ["unshare", "-rn", "true"]
    if not shutil.which("unshare") or subprocess.run(probe, capture_output=True).returncode:
        pytest.skip("unshare -rn is forbidden here: no process without a network can be made")
    command = ["unshare", "-rn", "sh", "-c", 'ip link set lo up 2>/dev/null; exec "$@"', "sh"]
    done = subprocess.run([*command, sys.executable, "-c", OFFLINE], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.strip() == "24 espresso", done.stderr[-2000:]
