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
from coursekit.datasets.photographs import photographs
from coursekit.workshop.building import chapters
from coursekit.workshop.building.chapter import ROOT
from tests.workshop.building.cells import needed, touched

SEEDS = {
    "applicable",
    "is_replaced",
    "subject_model",
    "subject_photographs",
    "subject_pictures",
}  # what knows of the two variables
SMALL, RELU6, HARDSWISH, TRANSFORMER = "shufflenet_v2_x0_5", "mobilenet_v2", "mobilenet_v3_small", "vit_b_32"
THREE, ONE = "three pictures", "one picture"
BOOKS = {chapter.name: chapter.path for chapter in chapters() if chapter.kind == "notebooks"}
RUNS = [
    ("00_start", HARDSWISH, ONE),  # guided backpropagation and LRP refuse it
    ("02_filters", SMALL, ONE),
    ("03_embeddings", SMALL, ONE),
    ("04_saliency", RELU6, ONE),
    ("04_saliency", HARDSWISH, ONE),
    ("05_gradcam", SMALL, THREE),
    ("05_gradcam", TRANSFORMER, ONE),  # its last map is a row of tokens
    ("06_lrp", RELU6, THREE),  # its blocks add up, too, which LRP must share out
    ("06_lrp", HARDSWISH, ONE),
    ("07_adversarial", SMALL, ONE),
    ("08_deep_dream", SMALL, THREE),
    ("08_deep_dream", TRANSFORMER, ONE),  # it takes pictures of one size only
    ("09_bias_and_trust", HARDSWISH, ONE),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nets never trained, in torchvision's cache; three pictures, one of them in greyscale; and one."""
    folder = tmp_path_factory.mktemp("another net")
    for name in (SMALL, RELU6, HARDSWISH, TRANSFORMER):
        cache = folder / "hub" / "checkpoints" / Path(get_model_weights(name).DEFAULT.url).name
        cache.parent.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(0)
        torch.save(get_model(name).state_dict(), cache)
    three, one = folder / THREE, folder / ONE
    three.mkdir()
    one.mkdir()
    for name, photograph in photographs("china", "flower").items():
        picture = Image.fromarray((photograph * 255).byte().permute(1, 2, 0).numpy())
        picture.save(three / f"{name}.jpg")
    picture.convert("L").save(three / "grey.png")
    picture.save(one / "only.png")
    return folder


@pytest.mark.parametrize(("name", "net", "pictures"), RUNS)
def test_a_notebook_runs_on_it(name: str, net: str, pictures: str, folder: Path, nbval, tmp_path) -> None:
    book = nbformat.read(BOOKS[name], as_version=4)
    ids = needed(book.cells, touched(book.cells, SEEDS))
    book.cells = [cell for cell in book.cells if cell.id in ids]
    nbformat.write(book, tmp_path / BOOKS[name].name)
    settings = {"COURSEKIT_MODEL": net, "COURSEKIT_IMAGES": str(folder / pictures), "TORCH_HOME": str(folder)}
    done = nbval([tmp_path / BOOKS[name].name], **settings)
    assert done.returncode == 0, done.stdout[-5000:]


def test_each_notebook_that_looks_at_them_runs_with_one_picture() -> None:
    looking = {name for name, path in BOOKS.items() if any(seed in path.read_text("utf-8") for seed in SEEDS)}
    assert looking == {name for name, _, pictures in RUNS if pictures == ONE}


@pytest.mark.parametrize(
    ("net", "refused"), [(RELU6, []), (HARDSWISH, ["guided backpropagation", "relevance"])]
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
    assert knowing == {
        "subject.py",
        "widgets/own.py",
        "claims.py",
        "workshop/building/execution.py",
        "workshop/grading/forkserver.py",
    }


def _strings(path: Path) -> set[str]:
    """Return the strings in a module, and the modules that it imports from."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    strings = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return strings | {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
