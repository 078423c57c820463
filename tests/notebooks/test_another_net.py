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

import coursekit as ck
from coursekit.images import photographs
from coursekit.notebooks import chapters
from coursekit.notebooks.chapter import ROOT
from tests.notebooks.cells import needed, touched

SEEDS = {"applicable", "is_replaced", "subject_model", "subject_pictures"}  # what knows of the two variables
SMALL, RELU6, TRANSFORMER = "shufflenet_v2_x0_5", "mobilenet_v2", "vit_b_32"
BOOKS = {chapter.name: chapter for chapter in chapters() if chapter.kind == "notebooks"}
# The blocks of RELU6 add up, too, which LRP must share out.
RUNS = [(name, RELU6 if name == "06_lrp" else SMALL, "three pictures") for name in BOOKS]
# Each once with one picture, on a net with ReLU6 where ReLUs have a rule of their own ...
RUNS += [(name, RELU6, "one picture") for name in ("00_start", "04_saliency", "09_bias_and_trust")]
RUNS += [(name, SMALL, "one picture") for name in ("02_filters", "03_embeddings", "07_adversarial")]
# ... and wherever something refuses a net without ReLUs, or one whose pictures have a fixed size.
RUNS += [(name, TRANSFORMER, "one picture") for name in ("00_start", "04_saliency", "05_gradcam", "06_lrp")]
RUNS += [("08_deep_dream", TRANSFORMER, "one picture"), ("09_bias_and_trust", TRANSFORMER, "one picture")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nets never trained, in torchvision's cache; three pictures, one of them in greyscale; and one."""
    folder = tmp_path_factory.mktemp("another net")
    for name in (SMALL, RELU6, TRANSFORMER):
        cache = folder / "hub" / "checkpoints" / Path(get_model_weights(name).DEFAULT.url).name
        cache.parent.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(0)
        torch.save(get_model(name).state_dict(), cache)
    three, one = folder / "three pictures", folder / "one picture"
    three.mkdir()
    one.mkdir()
    for name, photograph in photographs().items():
        picture = Image.fromarray((photograph * 255).byte().permute(1, 2, 0).numpy())
        picture.save(three / f"{name}.jpg")
    picture.convert("L").save(three / "grey.png")
    picture.save(one / "only.png")
    return folder


@pytest.mark.parametrize(("name", "net", "pictures"), RUNS)
def test_a_notebook_runs_on_it(name: str, net: str, pictures: str, folder: Path, nbval, tmp_path) -> None:
    path = BOOKS[name].path
    book = nbformat.read(path, as_version=4)
    ids = needed(book.cells, touched(book.cells, SEEDS))
    if not ids:
        assert not any(seed in cell.source for cell in book.cells for seed in SEEDS)
        return
    book.cells = [cell for cell in book.cells if cell.id in ids]
    nbformat.write(book, tmp_path / path.name)
    settings = {"COURSEKIT_MODEL": net, "COURSEKIT_IMAGES": str(folder / pictures), "TORCH_HOME": str(folder)}
    done = nbval([tmp_path / path.name], **settings)
    assert done.returncode == 0, done.stdout[-5000:]


@pytest.mark.parametrize(
    ("net", "refused"), [(RELU6, []), (TRANSFORMER, ["guided backpropagation", "relevance"])]
)
def test_what_a_net_cannot_do_is_named(
    net: str,
    refused: list[str],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(folder))
    monkeypatch.setenv("COURSEKIT_MODEL", net)
    methods = {"gradient": ck.saliency, "guided backpropagation": ck.guided_backprop, "relevance": ck.lrp}
    taken = ck.applicable(methods, ck.subject_model(), ck.subject_pictures(1).images)
    assert [name for name in methods if name not in taken] == refused
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(", because layer 'net.")[0] for line in lines] == [
        f"– skipped for {net}: {name}" for name in refused
    ]


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
