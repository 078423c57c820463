import os
import re
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest

from coursekit.core import progress
from coursekit.widgets import explorer
from coursekit.workshop.building import BuildError, build
from coursekit.workshop.building.execution import Cost

pytestmark = pytest.mark.notebook


def _bytes(course) -> dict[str, bytes]:
    return {path.name + path.parent.name: path.read_bytes() for path in sorted(course.root.glob("*/*.ipynb"))}


def test_building_twice_gives_the_same_bytes(built) -> None:
    before = _bytes(built)
    assert len(before) == 3
    build(["01_tiny"], root=built.root)
    assert _bytes(built) == before


def test_what_is_not_stale_is_left_alone(built) -> None:
    path = built.chapter("notebooks").path
    os.utime(path, (0, 0))
    build(root=built.root)
    assert path.stat().st_mtime == 0


def test_a_check_changes_nothing(built) -> None:
    path = built.chapter("notebooks").path
    path.unlink()
    with pytest.raises(BuildError, match=r"notebooks/01_tiny\.ipynb: not built"):
        build(check=True, root=built.root)
    assert not path.exists()


def test_a_failing_cell_leaves_the_old_notebook(built) -> None:
    before = _bytes(built)
    built.write("notebooks", "# %%\n1\n\n# %%\nraise ValueError('why')\n")
    with pytest.raises(BuildError, match=r"notebooks/src/01_tiny\.py: cell 2 failed[\s\S]*ValueError: why"):
        build(["01_tiny"], root=built.root)
    assert _bytes(built) == before
    assert not list(built.root.rglob("*.partial"))


def test_a_kernel_that_dies_is_reported(course) -> None:
    course.write("notebooks", "# %%\nimport os\n\nos._exit(1)\n")
    with pytest.raises(BuildError, match=r"01_tiny\.py: cell 1 failed: Kernel died"):
        build(root=course.root)


def test_a_picture_without_alt_text_fails_the_build(course) -> None:
    text = "# %%\nfrom IPython.display import SVG, display\ndisplay(SVG('<svg></svg>'))\n"
    with pytest.raises(BuildError, match="shows a picture whose alt text is ''"):
        build([course.write("notebooks", text).name], root=course.root)


def test_an_unknown_name_is_answered_with_the_known_ones(built) -> None:
    with pytest.raises(BuildError, match="no source for 99_none; there are: 01_tiny"):
        build(["99_none"], root=built.root)


def test_nothing_to_build_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"this needs a clone .* no notebooks/src in"):
        build(check=True, root=tmp_path)


def test_a_notebook_without_a_source_fails(built) -> None:
    (built.root / "exercises" / "02_old.ipynb").write_text("{}")
    with pytest.raises(BuildError, match=r"exercises/02_old\.ipynb: no source builds it; remove it"):
        build(check=True, root=built.root)


def test_a_build_does_not_see_the_readers_settings(course, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSEKIT_MODEL", "vgg16")
    monkeypatch.setenv("COURSEKIT_DEVICE", "cuda")
    names = ("COURSEKIT_MODEL", "COURSEKIT_DEVICE", "COURSEKIT_BUILD")
    chapter = course.write("notebooks", f"# %%\nimport os\n[os.environ.get(name) for name in {names}]\n")
    build(root=course.root)
    (output,) = nbformat.read(chapter.path, as_version=4).cells[0].outputs
    assert output.data["text/plain"] == "[None, 'cpu', '1']"


@pytest.mark.parametrize(("value", "builds"), [("1", True), ("true", True), ("", False)])
def test_widgets_and_progress_bars_agree_on_what_a_build_is(
    value: str, builds: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSEKIT_BUILD", value)
    monkeypatch.setattr(explorer, "get_ipython", lambda: SimpleNamespace(kernel=None))
    monkeypatch.setattr("sys.stderr", SimpleNamespace(isatty=lambda: True))
    assert explorer.is_live() != builds
    assert progress._watched() != builds


@pytest.mark.parametrize(
    ("cost", "message"),
    [(Cost(121, None), "took 121 s, more than 120 s"), (Cost(1, 3 * 10**9), "more than 2 GB of memory")],
)
def test_a_build_that_takes_too_much_fails(built, monkeypatch, cost: Cost, message: str) -> None:
    monkeypatch.setattr("coursekit.workshop.building.builder.execute", lambda *_: cost)
    with pytest.raises(BuildError, match=message):
        build(["01_tiny"], root=built.root)


@pytest.mark.parametrize(("seconds", "slow"), [(60, False), (61, True), (119, True)])
def test_a_slow_build_is_called_slow(built, monkeypatch, capsys, seconds: float, slow: bool) -> None:
    monkeypatch.setattr("coursekit.workshop.building.builder.execute", lambda *_: Cost(seconds, None))
    monkeypatch.setattr("coursekit.workshop.building.builder.check_notebook", lambda _: [])
    build(["01_tiny"], root=built.root)
    assert ("(slow: more than 60 s)" in capsys.readouterr().out) == slow


def test_a_build_says_what_it_took(course, capsys: pytest.CaptureFixture[str]) -> None:
    course.write("notebooks", "# %%\nx = bytearray(300_000_000)\n")
    build(root=course.root)
    found = re.fullmatch(
        r"notebooks/01_tiny\.ipynb: 1 KB, \d+\.\d s, (\d\.\d\d) GB\n", capsys.readouterr().out
    )
    assert found
    assert 0.3 < float(found[1]) < 0.6, "the kernel's own memory, not that of its parent"
