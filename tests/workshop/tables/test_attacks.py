import pytest
import torch

from coursekit.attacks import trials
from coursekit.datasets.scenes import CLASSES, draw
from coursekit.models.checkpoints import checkpoint_path, digest
from coursekit.models.networks import scene_net
from coursekit.tables import measured
from coursekit.workshop.tables import attacks as table


@pytest.fixture(scope="module")
def made():
    return measured("attacks")


def test_the_table_is_of_the_nets_that_ship(made):
    nets = (*trials.DIGIT_NETS, *trials.SCENE_NETS)
    assert made["checkpoints"] == {net: digest(net) for net in nets}, "coursekit measure attacks"


def test_its_card_is_its_own(made):
    assert checkpoint_path("attacks").with_suffix(".md").read_text(encoding="utf-8") == table.page(made)


def test_the_card_tells_each_number_once(made):
    lines = table.page(made).splitlines()
    curve = made["digits"]["digits"]["curves"]["FGSM"]
    assert "| digits, FGSM | " + " | ".join(f"{v:.3f}" for v in curve) + " |" in lines
    shares = made["pasted"]["scenes-robust"].values()
    assert "| scenes-robust | " + " | ".join(f"{v:.3f}" for v in shares) + " |" in lines


def test_the_patch_has_a_file_s_levels(made):
    patch = trials.patch(made)
    assert patch.shape == (3, 32, 32)
    assert torch.equal((patch * 255).round() / 255, patch)
    assert 0 <= patch.min() < 0.1
    assert 0.9 < patch.max() <= 1


def test_scenes_of_the_target_itself_do_not_count():
    some = draw(4, seed=0, size=32, classes=("flower", "car"))
    some.labels[:] = torch.tensor([CLASSES.index(name) for name in ("flower", "car", "car", "car")])
    seen = []
    net = scene_net(CLASSES, width=4).eval()
    net.register_forward_hook(lambda module, inputs, scores: seen.append(len(scores)))
    trials.pasted(net, torch.rand(3, 8, 8), some, 0.3)
    assert seen == [3]


@pytest.mark.parametrize(("favoured", "share"), [("flower", 1.0), ("car", 0.0)])
def test_the_share_is_of_answers_that_are_the_target(favoured, share):
    net = scene_net(CLASSES, width=4).eval()
    net.head.weight.data.zero_()
    net.head.bias.data = torch.eye(len(CLASSES))[CLASSES.index(favoured)]
    assert trials.pasted(net, torch.rand(3, 8, 8), draw(6, seed=0, size=32), 0.3) == share


def test_random_signs_move_every_number_by_eps_and_know_nothing_of_the_net():
    x = torch.full((2, 1, 8, 8), 0.5)
    moved = trials.random_signs(None, x, None, eps=0.1) - x
    assert torch.allclose(moved.abs(), torch.full_like(x, 0.1))
    assert 0.2 < (moved > 0).float().mean() < 0.8
