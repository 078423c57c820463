"""Every warning points to the line that called the package, whichever way led to it inside."""

import ast
from pathlib import Path

import pytest
from PIL import Image

import coursekit
from coursekit.core.folders import load_folder
from coursekit.synthesis import deep_dream, dream_zoom, neuron
from tests.attribution import methods, nets


def deaf() -> tuple[nets.Modular, object]:
    """Return a net whose class 4 depends on nothing, and pictures."""
    model = nets.seeded(nets.Modular)
    model.head.weight.data[4] = 0
    return model, nets.images()


@pytest.mark.parametrize("name", [*methods.CAM_BY_GRADIENT, "guided_grad_cam"])
def test_class_activation_maps(name: str) -> None:
    with pytest.warns(UserWarning, match="0 everywhere") as caught:
        methods.CLASSIFIER[name](*deaf(), 4)
    assert [warning.filename for warning in caught] == [__file__]


@pytest.mark.parametrize("method", [deep_dream, dream_zoom])
def test_dreams(method) -> None:
    picture, goal = nets.images(1, size=64), neuron("conv2", 1, 9, 9)
    with pytest.warns(UserWarning, match="octave 16 × 16 is left out") as caught:
        method(nets.seeded(nets.Modular), picture, goal, octaves=3, octave_scale=2, steps=1)
    assert {warning.filename for warning in caught} == {__file__}


def test_folders(tmp_path: Path) -> None:
    Image.new("RGB", (16, 16)).save(tmp_path / "cat.png")
    (tmp_path / "notes.txt").write_text("no picture")
    with pytest.warns(UserWarning, match="left out notes") as caught:
        load_folder(tmp_path)
    assert [warning.filename for warning in caught] == [__file__]


def test_nothing_warns_in_another_way() -> None:
    root = Path(coursekit.__file__).parent
    files = [file for file in root.rglob("*.py") if file.name != "callers.py"]
    parts = (node for file in files for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
    names = [ast.unparse(node) for node in parts if isinstance(node, ast.Attribute)]
    assert "torch.cat" in names
    assert "warnings.warn" not in names
