"""The part of the file system that a submission sees, as a command line for bubblewrap.

Shown are the system's programs and libraries, Python with its standard library, the packages that a cell may
import, and of this package the modules that hold no answer. They lie in folders of the sandbox's own, so that
no path tells where they lie on this machine. Home folders, the checkout, submissions and the seed are not
shown.
"""

import os
import pkgutil
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import coursekit
import coursekit.exercises
from coursekit.datasets.photographs.catalogue import CATALOGUE
from coursekit.datasets.photographs.reading import FOLDER as PHOTOGRAPHS
from coursekit.datasets.photographs.reading import file_of
from coursekit.exercises.exercise import is_ours, module_file
from coursekit.models.checkpoints import checkpoint_path
from coursekit.workshop.grading.made_files import made_files
from coursekit.workshop.grading.packages import allowed_paths

__all__ = [
    "PYTHON",
    "SCRATCH",
    "WORKER_MODULES",
    "SandboxError",
    "hidden_modules",
    "sandbox_command",
    "shown_paths",
    "visible_folders",
]

PACKAGE = Path(coursekit.__file__).parent
DATA = checkpoint_path("scenes").parent
SCRATCH = "/tmp"
"""The folder that a submission may write to."""
_COURSE, _PACKAGES, _PYTHON_HOME = Path("/course"), Path("/packages"), Path("/python")
_PHOTOGRAPHS, _PROGRAMS = Path("/photographs"), Path("/programs")
_SYSTEM = (
    "/usr/bin",
    "/usr/sbin",
    "/usr/lib",
    "/usr/lib32",
    "/usr/lib64",
    "/usr/share/fontconfig",
    "/usr/share/fonts",
    "/usr/share/xml/fontconfig",
    "/usr/share/zoneinfo",
    *("/bin", "/sbin", "/lib", "/lib32", "/lib64"),
    "/etc/ld.so.cache",
    "/etc/alternatives",
    "/etc/fonts",
)
_BASE = Path(sys.base_prefix).resolve()
_EXECUTABLE = Path(os.path.realpath(getattr(sys, "_base_executable", sys.executable)))
_OF_THE_SYSTEM = Path("/usr") == _BASE
"""Whether Python is the system's, which is shown where it is; any other gets a folder of its own."""
PYTHON = str(_EXECUTABLE if _OF_THE_SYSTEM else _PYTHON_HOME / "bin" / _EXECUTABLE.name)
"""The path of Python in the sandbox."""
_HARMFUL = ("ensurepip", "idlelib", "lib2to3", "test", "turtledemo")
"""Of the standard library: what brings or holds other packages, and what no notebook imports."""
WORKER_MODULES = {
    "coursekit.workshop",
    "coursekit.workshop.grading",
    "coursekit.workshop.grading.cells",
    "coursekit.workshop.grading.defining",
    "coursekit.workshop.grading.forkserver",
    "coursekit.workshop.grading.hiding",
    "coursekit.workshop.grading.limits",
    "coursekit.workshop.grading.magics",
    "coursekit.workshop.grading.namespaces",
    "coursekit.workshop.grading.protocol",
    "coursekit.workshop.grading.seccomp",
    "coursekit.workshop.grading.shell",
    "coursekit.workshop.grading.stand_ins",
    "coursekit.workshop.grading.versions",
    "coursekit.workshop.grading.worker",
}
"""The modules of the workshop that a submission's process imports; all others are hidden."""
_ENVIRONMENT = {
    "PATH": f"{_PROGRAMS}:/usr/bin:/bin",
    "HOME": SCRATCH,
    "TMPDIR": SCRATCH,
    "USER": "student",
    "LANG": "C.UTF-8",
    "MPLBACKEND": "agg",
    "MPLCONFIGDIR": SCRATCH,
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
    **({} if _OF_THE_SYSTEM else {"LD_LIBRARY_PATH": f"{_PYTHON_HOME}/lib"}),
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONBREAKPOINT": "0",  # nobody is there to debug
    "PYTHONNOUSERSITE": "1",
    "PYTHONPATH": f"{_COURSE}:{_PACKAGES}",
    "COURSEKIT_BUILD": "1",
    "COURSEKIT_DEVICE": "cpu",
    PHOTOGRAPHS: str(_PHOTOGRAPHS),
    # What would start compilers, or processes that talk through sockets, does the same work without.
    "JOBLIB_MULTIPROCESSING": "0",
    "TORCHDYNAMO_DISABLE": "1",
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
    settings = (["--setenv", name, value] for name, value in _ENVIRONMENT.items())
    return ["--clearenv", *(word for setting in settings for word in setting)]


def shown_paths(hidden: Iterable[str] = ()) -> dict[Path, Path]:
    """Return what the sandbox shows.

    Args:
        hidden: names of modules that it does not show.

    Returns:
        For each path in the sandbox, the file or folder on this machine that is seen there. Modules that lie
        in one of these folders and are hidden are masked besides.
    """
    paths = [path for module in hidden for path in _module_paths(module)]
    shown = {Path(path): Path(path) for path in _SYSTEM if Path(path).exists()} | _python()
    for path, source in allowed_paths().items():
        if not any(source.is_relative_to(other) for other in paths):
            shown[_PACKAGES / path] = source
    for source in _visible(PACKAGE, set(paths)):
        shown[_COURSE / source.relative_to(PACKAGE.parent)] = source
    shown[_COURSE / DATA.relative_to(PACKAGE.parent)] = DATA
    return shown | _photographs()


def visible_folders() -> set[Path]:
    """Return the folders of this machine in which a submission can read something."""
    return {*shown_paths().values(), PACKAGE, DATA, Path(sys.prefix), Path(sys.base_prefix)}


def _photographs() -> dict[Path, Path]:
    """The photographs in a folder of their own, since the packages that hold them may be hidden."""
    found = {}
    for one in CATALOGUE.values():
        with suppress(FileNotFoundError):  # its package is not installed, and no cell can ask for it
            source = file_of(one)
            found[_PHOTOGRAPHS / source.name] = source
    return found


def _python() -> dict[Path, Path]:
    """Python and its standard library alone: in its folder others may lie beside them."""
    if _OF_THE_SYSTEM:
        return {}
    library = Path(os.__file__).resolve().parent
    found = [_BASE / "lib" / file.name for file in (_BASE / "lib").glob("*.so*") if file.is_file()]
    shown = {_PYTHON_HOME / path.relative_to(_BASE): path for path in (library, *found)}
    return shown | {Path(PYTHON): _EXECUTABLE}


def _mounts(hidden: list[str]) -> list[str]:
    shown = shown_paths(hidden)
    folders = {folder for path in shown for folder in path.parents if folder != Path("/")} | {_PROGRAMS}
    # Readable for all: the user who runs submissions is not the one who runs bubblewrap.
    options = [word for folder in sorted(folders) for word in ("--perms", "0755", "--dir", str(folder))]
    for path, source in sorted(shown.items()):
        if source.is_symlink() and path == source:
            options += ["--symlink", os.readlink(source), str(path)]
        else:
            options += ["--ro-bind", str(source), str(path)]
    options += [
        word for name in ("python", "python3") for word in ("--symlink", PYTHON, f"{_PROGRAMS}/{name}")
    ]
    options += _masks(shown, hidden)
    for path, source in made_files(None if _OF_THE_SYSTEM else _PYTHON_HOME).items():
        options += ["--ro-bind", str(source), str(path)]
    options += ["--dev", "/dev", "--proc", "/proc", "--perms", "1777", "--tmpfs", SCRATCH, "--chdir", SCRATCH]
    return [*options, "--remount-ro", "/dev", "--remount-ro", "/"]


def _masks(shown: dict[Path, Path], hidden: Iterable[str]) -> Iterator[str]:
    """Options that put an empty folder or file over what is hidden inside of the folders that are shown."""
    unwanted = {path for module in hidden for path in _module_paths(module)}
    library = Path(os.__file__).resolve().parent
    unwanted |= {*_other_packages(), *(library / name for name in _HARMFUL)}
    # How Python was built, which no notebook asks: it tells where it lies on this machine.
    unwanted |= {*library.glob("config-*"), *library.glob("__pycache__/_sysconfigdata*")}
    for source in sorted(filter(Path.exists, unwanted)):
        for place, folder in shown.items():
            if source.is_relative_to(folder) and source != folder:
                yield from _mask(str(place / source.relative_to(folder)), source.is_dir())


def _mask(place: str, is_folder: bool) -> list[str]:
    empty_folder = ["--tmpfs", place, "--remount-ro", place]
    return empty_folder if is_folder else ["--ro-bind", os.devnull, place]


@cache
def _other_packages() -> frozenset[Path]:
    """Folders of packages, of whatever Python, below what is shown of the system."""
    roots = (*map(Path, _SYSTEM), Path(os.__file__).resolve().parent)
    folders = (Path(folder, name) for root in roots for folder, names, _ in os.walk(root) for name in names)
    return frozenset(path.resolve() for path in folders if path.name.endswith("-packages"))


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


def _visible(folder: Path, hidden: set[Path]) -> Iterator[Path]:
    """The files and folders below a folder that contain nothing hidden, each as far up as possible."""
    for path in folder.iterdir():
        if path in hidden or path.name == "__pycache__":
            continue
        if any(other.is_relative_to(path) for other in hidden):
            yield from _visible(path, hidden)
        else:
            yield path
