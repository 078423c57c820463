"""Which packages a submission may import."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from coursekit.workshop.grading import packages
from coursekit.workshop.grading.packages import allowed_paths


@pytest.fixture
def site(tmp_path: Path, monkeypatch) -> Iterator[Path]:
    """A folder of packages in which nothing is installed yet, before all others."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(packages, "ALLOWED", ("mine",))
    allowed_paths.cache_clear()
    yield tmp_path
    allowed_paths.cache_clear()


def install(site: Path, name: str, *files: str, needs: str = "", listed: bool = True) -> None:
    for file in files:
        (site / file).parent.mkdir(parents=True, exist_ok=True)
        (site / file).touch()
    about = site / f"{name}-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{needs}")
    if listed:
        record = [
            *files,
            f"{about.name}/METADATA",
            f"{about.name}/RECORD",
            "../../bin/tool",
            f"{name}.pth",
            "__pycache__/x.pyc",
        ]
        (about / "RECORD").write_text("".join(f"{file},,\n" for file in record))


def found(site: Path) -> set[str]:
    paths = allowed_paths()
    assert all(source == site / path for path, source in paths.items())
    return {str(path) for path in paths if path.suffix != ".dist-info"}


def test_what_an_allowed_package_needs_is_allowed(site: Path) -> None:
    needs = 'Requires-Dist: theirs>=1\nRequires-Dist: not-here; sys_platform == "win32"\n'
    install(site, "mine", "mine/__init__.py", "mine/inner/a.py", "single.py", needs=needs)
    install(site, "theirs", "theirs/__init__.py")
    install(site, "another", "another/__init__.py")
    assert found(site) == {"mine", "single.py", "theirs"}


def test_extras_that_are_asked_for_count(site: Path) -> None:
    install(site, "mine", "mine/__init__.py", needs="Requires-Dist: kit[part]\n")
    extras = 'Requires-Dist: part; extra == "part"\nRequires-Dist: rest; extra == "rest"\n'
    install(site, "kit", "kit/__init__.py", needs=extras)
    install(site, "part", "part/__init__.py")
    install(site, "rest", "rest/__init__.py")
    assert found(site) == {"mine", "kit", "part"}


def test_of_a_folder_that_packages_share_only_theirs_is_shown(site: Path) -> None:
    install(site, "mine", "shared/mine/__init__.py", "shared/one.so", "alone/two.so", "alone/three.so")
    install(site, "other", "shared/other/__init__.py")
    assert found(site) == {"shared/mine", "shared/one.so", "alone"}


def test_a_package_without_a_list_of_files(site: Path) -> None:
    install(site, "mine", "mine/__init__.py", listed=False)
    assert found(site) == {"mine"}


@pytest.mark.parametrize("name", ["captum", "zennit", "foolbox", "pytorch_grad_cam", "pytest", "jupyterlab"])
def test_what_is_not_named_is_not_allowed(name: str) -> None:
    names = {path.parts[0] for path in allowed_paths()}
    assert "torch" in names
    assert name not in names


def test_what_is_listed_and_not_there_is_left_out(site: Path) -> None:
    install(site, "mine", "mine/__init__.py", "gone.py", "lost/a.so")
    (site / "gone.py").unlink()
    (site / "lost" / "a.so").unlink()
    (site / "lost").rmdir()
    assert found(site) == {"mine"}
