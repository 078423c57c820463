"""A world of its own for one submission, made by its process after the fork. Linux only, through libc."""

import ctypes
import os
from pathlib import Path

from coursekit.workshop.grading import seccomp
from coursekit.workshop.grading.limits import Limits, apply

__all__ = ["confine", "hide_memory", "leave_root", "separate"]

_NEW_MOUNTS, _NEW_IPC, _NEW_USERS, _NEW_PIDS = 0x00020000, 0x08000000, 0x10000000, 0x20000000
_READ_ONLY, _NO_SUID, _NO_DEVICES, _BIND, _RECURSIVE, _PRIVATE = 1, 2, 4, 0x1000, 0x4000, 0x40000
_PR_SET_DUMPABLE, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 4, 24, 38
_CAPABILITIES_V3 = 0x20080522
_STUDENT = 1000
NOBODY = 65534

_libc = ctypes.CDLL(None, use_errno=True)


def leave_root() -> None:
    """Become nobody where the grader is root: the kernel does not count root's processes."""
    if os.getuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)


def hide_memory(hidden: bool = True) -> None:
    """Let no other process look into this one's memory, not even one of the same user."""
    _do("prctl", _PR_SET_DUMPABLE, 0 if hidden else 1, 0, 0, 0)


def separate() -> None:
    """Enter fresh namespaces for users, mounts and IPC; the next fork opens a fresh one for processes."""
    user, group = os.getuid(), os.getgid()
    hide_memory(False)  # the maps of a process that hides belong to root
    _do("unshare", _NEW_USERS | _NEW_MOUNTS | _NEW_IPC | _NEW_PIDS)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{_STUDENT} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{_STUDENT} {group} 1")
    hide_memory()


def confine(limits: Limits, keep: int) -> None:
    """Give up all that the submission does not need; to be called by the first process of the namespaces.

    Left are a read-only system, an empty temporary folder, the open file ``keep``. There is no ``/proc``.
    """
    os.setsid()  # out of reach of signals to the group that it comes from
    close_others(keep)
    apply(limits)
    _do("mount", None, b"/", None, _RECURSIVE | _PRIVATE, None)
    scratch = os.environ["HOME"]  # as the sandbox set it
    _mount_memory(scratch.encode(), _NO_SUID | _NO_DEVICES, f"size={limits.disk},nr_inodes=4096,mode=700")
    for place in (b"/proc", b"/dev/shm"):
        _mount_memory(place, _READ_ONLY | _NO_SUID | _NO_DEVICES, "size=4096,nr_inodes=1,mode=555")
    # A shared map of it would be memory that no process owns, as for the calls that the filter refuses.
    _do("mount", b"/dev/null", b"/dev/zero", None, _BIND, None)
    os.chdir(scratch)
    _drop_capabilities()
    _do("prctl", _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    seccomp.forbid()


def close_others(keep: int) -> None:
    """Close every open file but ``keep``; what is printed goes nowhere."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    os.closerange(3, keep)
    os.closerange(keep + 1, os.sysconf("SC_OPEN_MAX"))


def _mount_memory(place: bytes, flags: int, options: str) -> None:
    _do("mount", b"tmpfs", place, b"tmpfs", flags, options.encode())


def _drop_capabilities() -> None:
    for capability in range(64):
        if _libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0):
            break  # past the last one that this kernel knows
    header = (ctypes.c_uint32 * 2)(_CAPABILITIES_V3, 0)
    _do("capset", header, (ctypes.c_uint32 * 6)())


def _do(name: str, *arguments: object) -> None:
    """Call libc; `OSError` when it fails."""
    if getattr(_libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
