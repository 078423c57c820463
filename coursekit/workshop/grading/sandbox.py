"""The part of the file system that a submission sees, as a command line for bubblewrap.

Shown are the system's programs, Python, its packages, and the modules of this package that a cell may import.
Home folders, the checkout, submissions and the seed are not shown, nor are modules that hold an answer.
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

__all__ = [
    "SCRATCH",
    "WORKER_MODULES",
    "SandboxError",
    "hidden_modules",
    "sandbox_command",
    "visible_folders",
]

PACKAGE = Path(coursekit.__file__).parent
DATA = checkpoint_path("scenes").parent
_COURSE_AND_PYTHON = (PACKAGE, DATA, Path(sys.prefix), Path(sys.base_prefix))
SCRATCH = "/scratch" if any(path.is_relative_to("/tmp") for path in _COURSE_AND_PYTHON) else "/tmp"
"""The folder that a submission may write to. It is mounted, so it must not hide the course itself."""
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
WORKER_MODULES = {
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
"""The modules of the workshop that a submission's process imports; all others are hidden."""
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
    """The sandbox cannot be set up; the message says why and, where it can be mended, how."""


def hidden_modules(named: Iterable[str]) -> tuple[str, ...]:
    """Return what to hide from submissions.

    Args:
        named: the modules that exercises name as holding an answer.

    Returns:
        These modules, the packages that declare each chapter's exercises, and the workshop but for
        ``WORKER_MODULES``.

    Raises:
        SandboxError: a module should be in this package, and is not.
    """
    package = coursekit.exercises
    chapters = (
        f"{package.__name__}.{module.name}"
        for module in pkgutil.iter_modules(package.__path__)
        if module.ispkg
    )
    hidden = tuple(sorted({*named, *chapters, *_workshop_modules()}))
    for module in hidden:
        _module_paths(module)
    return hidden


def _workshop_modules() -> Iterator[str]:
    """The modules of the workshop that no worker imports."""
    for file in (PACKAGE / "workshop").rglob("*.py"):
        folder = file.relative_to(PACKAGE.parent).with_suffix("").parts
        module = ".".join(folder).removesuffix(".__init__")
        if module not in WORKER_MODULES:
            yield module


def sandbox_command(hidden: Iterable[str], program: Iterable[str]) -> list[str]:
    """Return the command line that runs a program in a sandbox.

    Args:
        hidden: names of modules that the sandbox does not show.
        program: the program and its arguments.

    Raises:
        SandboxError: bubblewrap is not installed.
    """
    if not (bwrap := shutil.which("bwrap")):
        raise SandboxError(
            "bubblewrap is needed to run students' code safely, and is not installed. On Debian and Ubuntu: "
            "sudo apt install bubblewrap. Or accept the danger, for code that you trust: --unsafe"
        )
    return [bwrap, *_namespaces(), *_environment(), *_mounts(list(hidden)), "--", *program]


def _namespaces() -> list[str]:
    flags = ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    flags += ["--die-with-parent", "--new-session", "--hostname", "sandbox", "--cap-drop", "ALL"]
    if os.getuid() != 0:
        return [*flags, "--unshare-user"]
    # The fork server becomes the user nobody, since the kernel does not count root's processes.
    return [*flags, "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]


def _environment() -> list[str]:
    # Where the grader runs from a checkout, the sandbox has to find that, too.
    path = {} if PACKAGE.is_relative_to(sys.prefix) else {"PYTHONPATH": str(PACKAGE.parent)}
    settings = (["--setenv", name, value] for name, value in (_ENVIRONMENT | path).items())
    return ["--clearenv", *(word for setting in settings for word in setting)]


def visible_folders() -> list[Path]:
    """Return the folders that the sandbox shows, but for what is hidden in them."""
    folders = [Path(path) for path in (*_SYSTEM, sys.base_prefix, sys.prefix)]
    return [path for path in dict.fromkeys(folders) if path.exists()]


def _mounts(hidden: list[str]) -> list[str]:
    hidden_paths = {path for name in hidden for path in _module_paths(name)}
    options: list[str] = []
    for path in visible_folders():
        if path.is_symlink():
            options += ["--symlink", os.readlink(path), str(path)]
        elif not any(path.is_relative_to(other) for other in visible_folders() if other != path):
            options += _bind(path)
    for path in _foreign_packages():
        options += ["--tmpfs", str(path), "--remount-ro", str(path)]
    options += _mask(path for path in hidden_paths if not path.is_relative_to(PACKAGE))
    options += [*_parents(PACKAGE), "--perms", "0755", "--tmpfs", str(PACKAGE)]
    for path in sorted(_visible(PACKAGE, hidden_paths)):
        options += _bind(path)
    options += ["--remount-ro", str(PACKAGE), *_bind(DATA)]
    options += ["--dev", "/dev", "--proc", "/proc", "--perms", "1777", "--tmpfs", SCRATCH, "--chdir", SCRATCH]
    return [*options, "--remount-ro", "/dev", "--remount-ro", "/"]


def _bind(path: Path) -> list[str]:
    return [*_parents(path), "--ro-bind", str(path), str(path)]


def _parents(path: Path) -> list[str]:
    """Options that make the folders above a path, readable for all and not only for their owner."""
    above = [str(parent) for parent in reversed(path.parents) if parent != Path("/")]
    return [word for parent in above for word in ("--perms", "0755", "--dir", parent)]


def _foreign_packages() -> Iterator[Path]:
    """Folders of packages that this Python does not use, such as the system's in a virtual environment."""
    found = [Path(path) for path in site.getsitepackages([sys.base_prefix, "/usr", "/usr/local"])]
    found += [Path("/usr/lib/python3/dist-packages")]
    return (path for path in dict.fromkeys(found) if path.is_dir() and str(path) not in sys.path)


def _module_paths(module: str) -> list[Path]:
    """The files and folders of a module; none where it is a third-party package that is not installed."""
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
        return [Path(folder) for folder in spec.submodule_search_locations]
    file = Path(spec.origin or "")
    return [file, *file.parent.glob(f"__pycache__/{file.stem}.*")]


def _mask(paths: Iterable[Path]) -> Iterator[str]:
    """Options that put an empty folder or file over each path."""
    for path in sorted(paths):
        if path.is_dir():
            yield from ("--tmpfs", str(path), "--remount-ro", str(path))
        else:
            yield from ("--ro-bind", os.devnull, str(path))


def _visible(folder: Path, hidden: set[Path]) -> Iterator[Path]:
    """The files and folders below a folder that contain nothing hidden, each as far up as possible."""
    for path in folder.iterdir():
        if path in hidden or path.name == "__pycache__":
            continue
        if any(other.is_relative_to(path) for other in hidden):
            yield from _visible(path, hidden)
        else:
            yield path
