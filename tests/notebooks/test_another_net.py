"""COURSEKIT_MODEL and COURSEKIT_IMAGES put another net and a folder of pictures under every notebook.

Most chapters also study the course's own nets. Of each, only the cells run that another net can reach, with
what they need; the others differ at most in which claims they skip, and run elsewhere.
"""

import ast
from pathlib import Path

import nbformat
import pytest
import torch
from PIL import Image
from torchvision.models import get_model, get_model_weights

from coursekit.images import photographs
from coursekit.notebooks import Chapter, chapters
from coursekit.notebooks.chapter import ROOT
from tests.notebooks.cells import needed, touched

SEEDS = {"is_replaced", "subject_model", "subject_pictures"}  # what knows of the two variables
SMALL = "shufflenet_v2_x0_5"
NETS = {"06_lrp": "mnasnet0_5"}  # its blocks add up, which LRP must share out


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Nets never trained, in torchvision's cache, and three pictures, one of them in greyscale."""
    folder = tmp_path_factory.mktemp("another net")
    for name in {SMALL, *NETS.values()}:
        cache = folder / "hub" / "checkpoints" / Path(get_model_weights(name).DEFAULT.url).name
        cache.parent.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(0)
        torch.save(get_model(name).state_dict(), cache)
    pictures = folder / "my pictures"
    pictures.mkdir()
    for name, photograph in photographs().items():
        picture = Image.fromarray((photograph * 255).byte().permute(1, 2, 0).numpy())
        picture.save(pictures / f"{name}.jpg")
        picture.convert("L").save(pictures / "grey.png")
    assert len(list(pictures.iterdir())) == 3
    return {"TORCH_HOME": str(folder), "COURSEKIT_IMAGES": str(pictures)}


@pytest.mark.parametrize(
    "chapter",
    [chapter for chapter in chapters() if chapter.kind == "notebooks"],
    ids=lambda chapter: chapter.label,
)
def test_a_notebook_runs_on_it(chapter: Chapter, settings: dict[str, str], nbval, tmp_path) -> None:
    book = nbformat.read(chapter.path, as_version=4)
    ids = needed(book.cells, touched(book.cells, SEEDS))
    if not ids:
        assert not any(seed in cell.source for cell in book.cells for seed in SEEDS)
        return
    book.cells = [cell for cell in book.cells if cell.id in ids]
    nbformat.write(book, tmp_path / chapter.path.name)
    net = NETS.get(chapter.name, SMALL)
    done = nbval([tmp_path / chapter.path.name], COURSEKIT_MODEL=net, **settings)
    assert done.returncode == 0, done.stdout[-5000:]


def test_nothing_else_knows_of_the_two_variables() -> None:
    """Else a cell that asks for none of the seeds may depend on them too, and would not be run."""
    knowing = {
        path.relative_to(ROOT / "coursekit").as_posix()
        for path in (ROOT / "coursekit").rglob("*.py")
        if {"COURSEKIT_MODEL", "COURSEKIT_IMAGES", "coursekit.subject"} & _strings(path)
    }
    # A claim skips itself, a build clears the variables, and the grader only loads the module early.
    assert knowing == {"subject.py", "claims.py", "notebooks/execution.py", "grading/nursery.py"}


def _strings(path: Path) -> set[str]:
    """Return the strings in a module, and the modules that it imports from."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    strings = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return strings | {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
