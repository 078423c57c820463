"""Linux namespaces of its own for each submission, set up by its process after the fork, through libc."""

import ctypes
import os
from pathlib import Path

from coursekit.workshop.grading import seccomp
from coursekit.workshop.grading.limits import Limits, apply_limits

__all__ = ["close_other_files", "confine", "drop_root", "enter_namespaces", "hide_memory"]

_NEW_MOUNTS, _NEW_IPC, _NEW_USERS, _NEW_PIDS = 0x00020000, 0x08000000, 0x10000000, 0x20000000
_READ_ONLY, _NO_SUID, _NO_DEVICES, _REMOUNT, _BIND, _RECURSIVE, _PRIVATE = (
    1,
    2,
    4,
    32,
    0x1000,
    0x4000,
    0x40000,
)
_PR_SET_DUMPABLE, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 4, 24, 38
_CAPABILITIES_V3 = 0x20080522
_STUDENT = 1000
_SHARED_MEMORY = 2**20
NOBODY = 65534

_libc = ctypes.CDLL(None, use_errno=True)


def drop_root() -> None:
    """Become the user ``nobody`` where the grader is root, whose processes the kernel does not count."""
    if os.getuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)


def hide_memory(hidden: bool = True) -> None:
    """Forbid other processes, also those of the same user, to read this one's memory.

    Args:
        hidden: False to allow it again.
    """
    _call_libc("prctl", _PR_SET_DUMPABLE, 0 if hidden else 1, 0, 0, 0)


def enter_namespaces() -> None:
    """Enter new namespaces for users, mounts and IPC; the next fork starts a new one for processes.

    Raises:
        OSError: the kernel refuses.
    """
    user, group = os.getuid(), os.getgid()
    hide_memory(False)  # otherwise the files written below would belong to root
    _call_libc("unshare", _NEW_USERS | _NEW_MOUNTS | _NEW_IPC | _NEW_PIDS)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{_STUDENT} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{_STUDENT} {group} 1")
    hide_memory()


def confine(limits: Limits, keep: int) -> None:
    """Give up everything that a submission does not need. For the first process of the new namespaces.

    What is left is a read-only file system without processes in ``/proc``, an empty temporary folder and one
    open file.

    Args:
        limits: on the submission.
        keep: number of the file that stays open.

    Raises:
        OSError: the kernel refuses one of the steps.
    """
    os.setsid()  # not reached by signals to the process group that it was forked in
    close_other_files(keep)
    # Where memory runs short, the kernel ends a submission, not who watches it or what all submissions need.
    hide_memory(False)
    Path("/proc/self/oom_score_adj").write_text("1000")
    hide_memory()
    apply_limits(limits)
    _call_libc("mount", None, b"/", None, _RECURSIVE | _PRIVATE, None)
    scratch = os.environ["HOME"]  # set by the sandbox
    _mount_tmpfs(scratch.encode(), _NO_SUID | _NO_DEVICES, f"size={limits.disk},nr_inodes=4096,mode=700")
    # Locks between threads and processes lie in shared memory, such as those of a ThreadPool.
    _mount_tmpfs(b"/dev/shm", _NO_SUID | _NO_DEVICES, f"size={_SHARED_MEMORY},nr_inodes=256,mode=700")
    _mount_tmpfs(b"/proc", _NO_SUID | _NO_DEVICES, "size=64k,nr_inodes=16,mode=555")
    _describe_machine(limits)
    _call_libc("mount", None, b"/proc", None, _REMOUNT | _READ_ONLY | _NO_SUID | _NO_DEVICES, None)
    # The machine has a number of terminals for all its users together.
    _mount_tmpfs(b"/dev/pts", _READ_ONLY | _NO_SUID | _NO_DEVICES, "size=4096,nr_inodes=1,mode=555")
    # A shared map of /dev/zero would be memory that no process owns and no limit counts (see seccomp.py).
    _call_libc("mount", b"/dev/null", b"/dev/zero", None, _BIND, None)
    # Two levels down, so that "../figures" can be made.
    os.makedirs(f"{scratch}/work/notebook")
    os.chdir(f"{scratch}/work/notebook")
    _drop_capabilities()
    _call_libc("prctl", _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    seccomp.install_filter()


def _describe_machine(limits: Limits) -> None:
    """Say in ``/proc`` what programs ask of a machine: the limits, and nothing of this one."""
    kilobytes = limits.memory // 1024
    names = ("MemTotal", "MemFree", "MemAvailable", "Buffers", "Cached", "SwapTotal", "SwapFree")
    sizes = dict.fromkeys(names, 0) | dict.fromkeys(names[:3], kilobytes)
    memory = "".join(f"{name}: {size:>15} kB\n" for name, size in sizes.items())
    files = {
        "meminfo": memory,
        "loadavg": "0.00 0.00 0.00 1/1 1\n",
        "cpuinfo": "processor\t: 0\n\n",
        "stat": "cpu  0 0 0 0 0 0 0 0 0 0\ncpu0 0 0 0 0 0 0 0 0 0 0\nbtime 0\n",
    }
    for name, text in files.items():
        Path("/proc", name).write_text(text)


def close_other_files(keep: int) -> None:
    """Close every open file but one; standard input and outputs become ``/dev/null``.

    Args:
        keep: number of the file that stays open.
    """
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    os.closerange(3, keep)
    os.closerange(keep + 1, os.sysconf("SC_OPEN_MAX"))


def _mount_tmpfs(target: bytes, flags: int, options: str) -> None:
    _call_libc("mount", b"tmpfs", target, b"tmpfs", flags, options.encode())


def _drop_capabilities() -> None:
    for capability in range(64):
        if _libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0):
            break  # this kernel knows no more
    header = (ctypes.c_uint32 * 2)(_CAPABILITIES_V3, 0)
    _call_libc("capset", header, (ctypes.c_uint32 * 6)())


def _call_libc(name: str, *arguments: object) -> None:
    """Call a function of libc; raise ``OSError`` when it fails."""
    if getattr(_libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
