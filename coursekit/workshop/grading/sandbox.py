"""What a submission sees of the machine: the command line of bubblewrap.

Nothing is shown but the system's programs, Python, its packages, and what of this one a cell may import: no
home, no checkout, no submission, no seed. Modules that hold an answer are left out of the view.
"""

import os
import pkgutil
import shutil
import site
import sys
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path

import coursekit
import coursekit.exercises
from coursekit.exercises.exercise import is_ours, module_file
from coursekit.models.checkpoints import checkpoint_path

__all__ = ["SCRATCH", "WORKERS", "SandboxError", "command", "hidden_modules", "shown"]

PACKAGE = Path(coursekit.__file__).parent
DATA = checkpoint_path("scenes").parent
_OURS = (PACKAGE, DATA, Path(sys.prefix), Path(sys.base_prefix))
SCRATCH = "/scratch" if any(path.is_relative_to("/tmp") for path in _OURS) else "/tmp"
"""The folder that a submission may write to: it must not lie over the course itself."""
_SYSTEM = (
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/etc/ld.so.cache",
    "/etc/alternatives",
    "/etc/fonts",
)
WORKERS = {
    "coursekit.workshop",
    "coursekit.workshop.grading",
    "coursekit.workshop.grading.cells",
    "coursekit.workshop.grading.forkserver",
    "coursekit.workshop.grading.limits",
    "coursekit.workshop.grading.namespaces",
    "coursekit.workshop.grading.protocol",
    "coursekit.workshop.grading.seccomp",
    "coursekit.workshop.grading.worker",
}
"""All of the workshop that a submission's process runs; the rest of it is hidden."""
_ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "HOME": SCRATCH,
    "TMPDIR": SCRATCH,
    "USER": "student",
    "LANG": "C.UTF-8",
    "MPLBACKEND": "agg",
    "MPLCONFIGDIR": SCRATCH,
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONNOUSERSITE": "1",
    "COURSEKIT_BUILD": "1",
    "COURSEKIT_DEVICE": "cpu",
}


class SandboxError(RuntimeError):
    """There is no sandbox to be had; the message says what to do."""


def hidden_modules(exercises: Iterable[str]) -> tuple[str, ...]:
    """Return what to hide: the modules that exercises name, all chapters' declarations, the workshop.

    Raises:
        SandboxError: one of them should be in this package, and is not.
    """
    package = coursekit.exercises
    chapters = (
        f"{package.__name__}.{module.name}"
        for module in pkgutil.iter_modules(package.__path__)
        if module.ispkg
    )
    hidden = tuple(sorted({*exercises, *chapters, *_machinery()}))
    for module in hidden:
        _places(module)
    return hidden


def _machinery() -> Iterator[str]:
    for file in (PACKAGE / "workshop").rglob("*.py"):
        folder = file.relative_to(PACKAGE.parent).with_suffix("").parts
        module = ".".join(folder).removesuffix(".__init__")
        if module not in WORKERS:
            yield module


def command(hidden: Iterable[str], program: Iterable[str]) -> list[str]:
    """Return the command line that runs ``program`` in a sandbox without the modules ``hidden``.

    Raises:
        SandboxError: bubblewrap is not installed.
    """
    if not (bwrap := shutil.which("bwrap")):
        raise SandboxError(
            "bubblewrap is needed to run students' code safely, and is not installed. On Debian and Ubuntu: "
            "sudo apt install bubblewrap. Or accept the danger, for code that you trust: --unsafe"
        )
    return [bwrap, *_namespaces(), *_environment(), *_view(list(hidden)), "--", *program]


def _namespaces() -> list[str]:
    flags = ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    flags += ["--die-with-parent", "--new-session", "--hostname", "sandbox", "--cap-drop", "ALL"]
    if os.getuid() != 0:
        return [*flags, "--unshare-user"]
    # Root's processes are not counted, so the nursery becomes nobody; each submission has its own users.
    return [*flags, "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]


def _environment() -> list[str]:
    # Where the grader runs from a checkout, so does the sandbox.
    ours = {} if PACKAGE.is_relative_to(sys.prefix) else {"PYTHONPATH": str(PACKAGE.parent)}
    settings = (["--setenv", name, value] for name, value in (_ENVIRONMENT | ours).items())
    return ["--clearenv", *(word for setting in settings for word in setting)]


def shown() -> list[Path]:
    """Return the folders that the sandbox shows whole, but for what is hidden in them."""
    folders = [Path(path) for path in (*_SYSTEM, sys.base_prefix, sys.prefix)]
    return [path for path in dict.fromkeys(folders) if path.exists()]


def _view(hidden: list[str]) -> list[str]:
    places = {path for name in hidden for path in _places(name)}
    words: list[str] = []
    for path in shown():
        if path.is_symlink():
            words += ["--symlink", os.readlink(path), str(path)]
        elif not any(path.is_relative_to(other) for other in shown() if other != path):
            words += _bind(path)
    for path in _foreign_packages():
        words += ["--tmpfs", str(path), "--remount-ro", str(path)]
    words += _mask(path for path in places if not path.is_relative_to(PACKAGE))
    words += [*_parents(PACKAGE), "--perms", "0755", "--tmpfs", str(PACKAGE)]
    for path in sorted(_visible(PACKAGE, places)):
        words += _bind(path)
    words += ["--remount-ro", str(PACKAGE), *_bind(DATA)]
    words += ["--dev", "/dev", "--proc", "/proc", "--perms", "1777", "--tmpfs", SCRATCH, "--chdir", SCRATCH]
    return [*words, "--remount-ro", "/dev", "--remount-ro", "/"]


def _bind(path: Path) -> list[str]:
    return [*_parents(path), "--ro-bind", str(path), str(path)]


def _parents(path: Path) -> list[str]:
    """Folders above a path, for everyone to pass: bubblewrap by itself makes them for their owner alone."""
    above = [str(parent) for parent in reversed(path.parents) if parent != Path("/")]
    return [word for parent in above for word in ("--perms", "0755", "--dir", parent)]


def _foreign_packages() -> Iterator[Path]:
    """Packages that Python here does not use, such as the system's beside an environment."""
    found = [Path(path) for path in site.getsitepackages([sys.base_prefix, "/usr", "/usr/local"])]
    found += [Path("/usr/lib/python3/dist-packages")]
    return (path for path in dict.fromkeys(found) if path.is_dir() and str(path) not in sys.path)


def _places(module: str) -> list[Path]:
    """The files and folders of a module; none where a package of others is not installed."""
    if is_ours(module):
        if not (file := module_file(module)):
            raise SandboxError(f"{module} is to be hidden from submissions, and there is no such module")
        return [file, *file.parent.glob(f"__pycache__/{file.stem}.*")]
    try:
        spec = find_spec(module)
    except ModuleNotFoundError:
        return []
    if spec is None:
        return []
    if spec.submodule_search_locations is not None:
        return [Path(place) for place in spec.submodule_search_locations]
    file = Path(spec.origin or "")
    return [file, *file.parent.glob(f"__pycache__/{file.stem}.*")]


def _mask(places: Iterable[Path]) -> Iterator[str]:
    for path in sorted(places):
        if path.is_dir():
            yield from ("--tmpfs", str(path), "--remount-ro", str(path))
        else:
            yield from ("--ro-bind", os.devnull, str(path))


def _visible(folder: Path, hidden: set[Path]) -> Iterator[Path]:
    """The largest parts of a folder that hold nothing hidden."""
    for path in folder.iterdir():
        if path in hidden or path.name == "__pycache__":
            continue
        if any(other.is_relative_to(path) for other in hidden):
            yield from _visible(path, hidden)
        else:
            yield path
