"""Control groups: where one may be made, and that it holds."""

import subprocess
import sys
from pathlib import Path

import pytest

from coursekit.workshop.grading.cgroups import ControlGroup, make_control_group


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "cgroup").mkdir()
    return tmp_path / "cgroup"


def membership(tmp_path: Path, text: str) -> Path:
    (tmp_path / "membership").write_text(text)
    return tmp_path / "membership"


def kernel(monkeypatch, *names: str, in_groups_below: Path) -> None:
    """Folders become groups as the kernel makes them: with files, where the controller is there for them."""
    mkdir = Path.mkdir

    def make(self: Path, *args: object, **kwargs: object) -> None:
        mkdir(self)
        if self.parent == in_groups_below:
            for name in (*names, "cgroup.procs"):
                (self / name).write_text("1000")

    monkeypatch.setattr(Path, "mkdir", make)
    monkeypatch.setattr(Path, "rmdir", lambda self: _remove(self))


def _remove(folder: Path) -> None:
    for file in folder.iterdir():
        file.unlink()
    subprocess.run(["rmdir", str(folder)], check=True)


def test_in_version_1_it_lies_in_our_own_group(root: Path, tmp_path: Path, monkeypatch) -> None:
    ours = root / "memory" / "a"
    ours.mkdir(parents=True)
    kernel(monkeypatch, "memory.limit_in_bytes", "memory.usage_in_bytes", in_groups_below=ours)
    group = make_control_group(root, membership(tmp_path, "9:cpu,memory:/a\n0::/\n"))
    assert group is not None
    (folder,) = ours.iterdir()
    group.limit(500)
    assert (folder / "memory.limit_in_bytes").read_text() == "1500"
    group.remove()
    assert not folder.exists()


def test_in_version_2_it_lies_beside_our_own(root: Path, tmp_path: Path, monkeypatch) -> None:
    ours = root / "user" / "grader"
    ours.mkdir(parents=True)
    kernel(monkeypatch, "memory.max", "memory.current", in_groups_below=ours.parent)
    group = make_control_group(root, membership(tmp_path, "0::/user/grader\n"))
    assert group is not None
    (folder,) = (path for path in ours.parent.iterdir() if path.name.startswith("coursekit-"))
    assert str(folder / "cgroup.procs") in group.command(["true"])
    assert list(ours.iterdir()) == []


@pytest.mark.parametrize("text", ["", "0::/\n", "3:cpu:/a\n"])
def test_there_is_none_where_none_limits_memory(text: str, root: Path, tmp_path: Path) -> None:
    assert make_control_group(root, membership(tmp_path, text)) is None
    assert list(root.iterdir()) == []


def test_there_is_none_where_it_cannot_be_joined(root: Path, tmp_path: Path, monkeypatch) -> None:
    """As where the grader may make groups, and not move a process out of the one above."""
    ours = root / "memory" / "a"
    ours.mkdir(parents=True)
    kernel(monkeypatch, "memory.limit_in_bytes", "memory.usage_in_bytes", in_groups_below=ours)
    write = Path.write_text
    # The kernel refuses what is written: a folder in the file's place does, also for root.
    monkeypatch.setattr(
        Path,
        "write_text",
        lambda self, text: self.mkdir() if self.name == "cgroup.procs" else write(self, text),
    )
    assert make_control_group(root, membership(tmp_path, "9:memory:/a\n")) is None


def test_what_a_killed_grader_left_is_removed(root: Path, tmp_path: Path, monkeypatch) -> None:
    ours = root / "memory" / "a"
    (ours / "coursekit-999999999-0").mkdir(parents=True)
    kernel(monkeypatch, "memory.max", "memory.current", in_groups_below=ours)
    make_control_group(root, membership(tmp_path, "9:memory:/a\n"))
    assert not (ours / "coursekit-999999999-0").exists()


@pytest.fixture
def group() -> ControlGroup:
    made = make_control_group()
    if made is None:
        pytest.skip("no control group can be made here")
    return made


def test_memory_that_no_process_has_counts(group: ControlGroup) -> None:
    """Contents of pipes belong to no process. Beyond the limit, who writes them is ended."""
    fill = """
import os
for _ in range(400):
    near, far = os.pipe()
    os.set_blocking(far, False)
    try:
        while True: os.write(far, bytes(4096))
    except BlockingIOError: pass
"""
    try:
        group.limit(2**20 * 400)
        assert subprocess.run(group.command([sys.executable, "-c", fill]), check=False).returncode == 0
        group.limit(2**20 * 12)
        assert subprocess.run(group.command([sys.executable, "-c", fill]), check=False).returncode != 0
    finally:
        group.remove()
