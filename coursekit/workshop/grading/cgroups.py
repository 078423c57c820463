"""A control group of the kernel's, which limits all memory that submissions take, whoever it belongs to.

Limits on a process do not count what the kernel keeps for it, such as the contents of pipes. A control group
does, where this process may make one: as root, or in a group that was delegated to it. Versions 1 and 2 are
known. See docs.kernel.org/admin-guide/cgroup-v2.html, "Delegation".
"""

import itertools
import os
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

__all__ = ["ControlGroup", "can_make_control_groups", "make_control_group"]

_ROOT, _MEMBERSHIP = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")
_NAMES = (("memory.max", "memory.current"), ("memory.limit_in_bytes", "memory.usage_in_bytes"))
"""The files of the limit and of the present use, in versions 2 and 1."""
_JOIN = 'echo $$ > "$0" && exec "$@"'
_numbers = itertools.count()


class ControlGroup:
    """A group for one fork server and all that it forks.

    Args:
        folder: of the group, which has a memory controller.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        names = next(names for names in _NAMES if (folder / names[0]).exists())
        self._limit, self._used = (folder / name for name in names)

    def command(self, program: Iterable[str]) -> list[str]:
        """Return the command line that runs a program in the group.

        Args:
            program: the program and its arguments.
        """
        return ["/bin/sh", "-c", _JOIN, str(self._folder / "cgroup.procs"), *program]

    def limit(self, memory: int) -> None:
        """Limit the memory of the group.

        Args:
            memory: bytes that it may take in addition to what it has now.
        """
        self._limit.write_text(str(int(self._used.read_text()) + memory))

    def remove(self) -> None:
        """Remove the group, whose processes have ended."""
        _remove(self._folder)


def can_make_control_groups() -> bool:
    """Return whether this process may make a group."""
    group = make_control_group()
    if group:
        group.remove()
    return group is not None


def make_control_group(root: Path = _ROOT, membership: Path = _MEMBERSHIP) -> ControlGroup | None:
    """Make a group.

    Args:
        root: where the groups are mounted.
        membership: the file that says which groups this process is in.

    Returns:
        The group; None where this process may not make one or join it, or no group limits memory.
    """
    for parent in _parents(root, membership.read_text() if membership.exists() else ""):
        _remove_old(parent)
        folder = parent / f"coursekit-{os.getpid()}-{next(_numbers)}"
        with suppress(OSError):
            folder.mkdir()
            if _has_controller(folder) and _can_be_joined(group := ControlGroup(folder)):
                return group
            folder.rmdir()
    return None


def _parents(root: Path, membership: str) -> Iterator[Path]:
    """Groups that one could be made in. In version 2, processes may be in leaves alone: so beside our own."""
    for line in membership.splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers and "memory" in controllers.split(","):
            yield root / "memory" / path.lstrip("/")
        elif not controllers:
            group = root / path.lstrip("/")
            yield from (group, group.parent) if group != root else (group,)


def _has_controller(folder: Path) -> bool:
    enabled = folder.parent / "cgroup.subtree_control"
    with suppress(OSError):
        if not (folder / _NAMES[0][0]).exists() and enabled.exists():
            enabled.write_text("+memory")
    return any((folder / names[0]).exists() for names in _NAMES)


def _can_be_joined(group: ControlGroup) -> bool:
    """Whether a process of ours may move into it: in version 2 that takes a right to a group above, too."""
    done = subprocess.run(group.command(["true"]), stderr=subprocess.DEVNULL, check=False)
    return done.returncode == 0


def _remove_old(parent: Path) -> None:
    """Remove the groups of graders that were killed."""
    for folder in parent.glob("coursekit-*-*"):
        if not Path("/proc", folder.name.split("-")[1]).exists():
            _remove(folder)


def _remove(folder: Path) -> None:
    with suppress(OSError):  # a process of it is still ending: the next grader tries again
        folder.rmdir()
