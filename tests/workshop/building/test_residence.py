"""What `make test-gpu` looks for, tried on devices that every machine has."""

from pathlib import Path

import nbformat
import pytest
import torch
from nbformat.v4 import new_code_cell, new_notebook
from torch import nn

from coursekit.exercises.check import examine
from tests.gpu.residence import Residence
from tests.gpu.watched import watched

NET = "import torch\n\nnet = torch.nn.Linear(2, 1)\nnet(torch.rand(1, 2))"


@pytest.fixture
def residence():
    watching = Residence()
    yield watching
    watching.close()


@pytest.mark.parametrize(("wanted", "status"), [("cpu", 0), ("meta", 1)])
def test_a_watched_notebook_fails_under_nbval_where_its_net_is_elsewhere(
    wanted: str, status: int, tmp_path: Path, nbval
) -> None:
    notebook = watched(new_notebook(cells=[new_code_cell(NET)]), wanted)
    nbformat.write(notebook, tmp_path / "net.ipynb")
    done = nbval([tmp_path / "net.ipynb"])
    assert done.returncode == status
    assert ("the net net has weights on cpu" in done.stdout) == (status == 1)


def test_all_on_one_device_passes(residence) -> None:
    net = nn.Sequential(nn.Conv2d(3, 1, 1), nn.BatchNorm2d(1))
    net(torch.rand(1, 3, 4, 4))
    assert residence.troubles({"net": net}, "cpu") == []


def test_a_net_left_behind_is_named(residence) -> None:
    nn.Linear(1, 1, device="meta")(torch.rand(1, 1, device="meta"))
    assert residence.troubles({"net": nn.Linear(1, 1)}, "meta") == ["the net net has weights on cpu"]


def test_images_left_behind_are_counted(residence) -> None:
    nn.ReLU()(torch.rand(1, 3, 4, 4))
    assert residence.troubles({}, "meta") == ["1 calls of a layer were on cpu", "no layer was called on meta"]


def test_a_notebook_that_asks_no_net_fails(residence) -> None:
    assert residence.troubles({}, "cpu") == ["no layer was called on cpu"]


@pytest.mark.skipif(torch.cuda.is_available(), reason="a GPU may hold memory of other tests")
def test_an_idle_gpu_fails(residence) -> None:
    assert "the GPU never held a megabyte" in residence.troubles({}, "cuda")


def test_what_a_check_tries_on_the_cpu_does_not_count(residence) -> None:
    def gradient_saliency(model: nn.Module, x: torch.Tensor, target: int) -> torch.Tensor:
        return x * model(x).sum()

    examine(gradient_saliency)
    assert not residence.inputs
