"""A filter of system calls: a submission cannot reach other processes, the kernel's settings or a network.

Calls that cells need are allowed. ``memfd_create``, System V's shared memory, anonymous shared maps and
sockets are refused because memory taken that way belongs to no process, so no limit on a process's memory
would count it; ``io_setup`` and ``inotify_init`` because they take from what all users of the machine share;
``fadvise`` and its like because submissions that run side by side could signal to each other by them. Locks
on files are answered as if they were granted, and the kernel never hears of them, for the same reason: a
notebook that writes a database asks for some, and has nobody to lock out. Calls that are newer than this list
do not exist: nobody has looked at what they reach.
"""

import ctypes
import errno
import platform
import struct

__all__ = ["install_filter"]

# Numbers on x86-64 and on ARM64.
_ARCHITECTURES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
_FORBIDDEN: dict[str, tuple[int, int | None]] = {
    "acct": (163, 89),
    "add_key": (248, 217),
    "bpf": (321, 280),
    "cachestat": (451, 451),
    "chroot": (161, 51),
    "delete_module": (176, 106),
    "fadvise64": (221, 223),
    "fanotify_init": (300, 262),
    "finit_module": (313, 273),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fsopen": (430, 430),
    "fspick": (433, 433),
    "init_module": (175, 105),
    "inotify_init": (253, None),
    "inotify_init1": (294, 26),
    "io_setup": (206, 0),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "io_uring_setup": (425, 425),
    "kcmp": (312, 272),
    "kexec_file_load": (320, 294),
    "kexec_load": (246, 104),
    "keyctl": (250, 219),
    "listmount": (458, 458),
    "lookup_dcookie": (212, 18),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "mincore": (27, 232),
    "mount": (165, 40),
    "mount_setattr": (442, 442),
    "move_mount": (429, 429),
    "mq_open": (240, 180),
    "msgget": (68, 186),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "open_tree": (428, 428),
    "perf_event_open": (298, 241),
    "personality": (135, 92),
    "pidfd_getfd": (438, 438),
    "pivot_root": (155, 41),
    "preadv2": (327, 286),
    "process_madvise": (440, 440),
    "process_mrelease": (448, 448),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "ptrace": (101, 117),
    "pwritev2": (328, 287),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "readahead": (187, 213),
    "reboot": (169, 142),
    "request_key": (249, 218),
    "semget": (64, 190),
    "sendmmsg": (307, 269),
    "sendmsg": (46, 211),
    "setns": (308, 268),
    "shmget": (29, 194),
    "socket": (41, 198),
    "socketpair": (53, 199),
    "statmount": (457, 457),
    "swapon": (167, 224),
    "sync": (162, 81),
    "syncfs": (306, 267),
    "sysfs": (139, None),
    "sysinfo": (99, 179),
    "syslog": (103, 116),
    "umount2": (166, 39),
    "unshare": (272, 97),
    "userfaultfd": (323, 282),
}
_CLONE, _CLONE3, _FCNTL, _FLOCK, _IOCTL = (56, 220), (435, 435), (72, 25), (73, 32), (16, 29)
_MADVISE, _MMAP = (28, 233), (9, 222)
_OF_TERMINALS = (0x5400, 0x54FF)
"""The commands of ``ioctl`` that are allowed; others tell, for instance, on which disk a file lies."""
_FIRST_LOCK = 5
_LOCKS = ((5, 7), (36, 38))
"""The commands of ``fcntl`` that ask for a lock, or whether there is one: of a process, of an open file."""
_HARMLESS = (1030, 1032)
"""Of ``fcntl``'s commands from the first lock on, those that are allowed: duplicates, and sizes of pipes."""
_FIRST_ADVICE_ON_PAGES = 20
"""``MADV_COLD``: this advice and later ones move pages into memory or out of it, also those of others."""
_FIRST_UNKNOWN = 463
"""The number of the first call that is newer than this list, of Linux 6.13; on both kinds of machine."""
_MAP_SHARED, _MAP_ANONYMOUS = 0x01, 0x20
_NEW_NAMESPACES = 0x7E020000
_X32 = 0x40000000

_LOAD, _IS, _AT_LEAST, _HAS, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE = 0, 4
_FIRST_ARGUMENT, _SECOND_ARGUMENT, _THIRD_ARGUMENT, _FOURTH_ARGUMENT = 16, 24, 32, 40
_ALLOW, _KILL, _ERROR = 0x7FFF0000, 0x80000000, 0x00050000
_PR_SET_SECCOMP, _FILTER = 22, 2


def install_filter() -> None:
    """Forbid the calls to this process and to all that it starts; the filter cannot be removed again.

    Raises:
        OSError: the kernel refuses the filter, or the calls' numbers on this kind of machine are not known.
    """
    code = b"".join(_program(platform.machine()))
    instructions = ctypes.create_string_buffer(code, len(code))
    # struct sock_fprog: the number of instructions, and their address.
    program = struct.pack("HP", len(code) // 8, ctypes.addressof(instructions))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_SECCOMP, _FILTER, ctypes.c_char_p(program), 0, 0):
        raise OSError(ctypes.get_errno(), "the kernel refuses the filter of system calls")


def _program(machine: str) -> list[bytes]:
    if machine not in _ARCHITECTURES:
        raise OSError(
            f"there is no filter of system calls for {machine}, only for {', '.join(_ARCHITECTURES)}"
        )
    architecture, column = _ARCHITECTURES[machine]
    refuse = _instruction(_RETURN, _ERROR | errno.EPERM)
    lines = [
        _instruction(_LOAD, _ARCHITECTURE),
        _instruction(_IS, architecture, 1, 0),
        _instruction(_RETURN, _KILL),
    ]
    lines += [_instruction(_LOAD, _NUMBER), _instruction(_AT_LEAST, _X32, 0, 1), refuse]
    for numbers in _FORBIDDEN.values():
        if (number := numbers[column]) is not None:
            lines += [_instruction(_IS, number, 0, 1), refuse]
    # A filter cannot read the flags of clone3, which lie in memory; libraries that miss it use clone.
    unknown = _instruction(_RETURN, _ERROR | errno.ENOSYS)
    lines += [_instruction(_IS, _CLONE3[column], 0, 1), unknown]
    lines += [_instruction(_AT_LEAST, _FIRST_UNKNOWN, 0, 1), unknown]
    lines += [_instruction(_IS, _CLONE[column], 0, 3), _instruction(_LOAD, _FIRST_ARGUMENT)]
    lines += [_instruction(_HAS, _NEW_NAMESPACES, 0, 1), refuse, _instruction(_LOAD, _NUMBER)]
    lines += [_instruction(_IS, _MMAP[column], 0, 4), _instruction(_LOAD, _FOURTH_ARGUMENT)]
    lines += [_instruction(_HAS, _MAP_ANONYMOUS, 0, 2), _instruction(_HAS, _MAP_SHARED, 0, 1), refuse]
    return [*lines, *_without_signs(column, refuse), _instruction(_RETURN, _ALLOW)]


def _without_signs(column: int, refuse: bytes) -> list[bytes]:
    """Keep from the kernel what other submissions could see: locks on files, advice on pages."""
    first, last = _HARMLESS
    reload = _instruction(_LOAD, _NUMBER)
    granted = _instruction(_RETURN, _ERROR)  # with no error: the call returns 0, and does nothing
    locks = [
        line
        for low, high in _LOCKS
        for line in (_instruction(_AT_LEAST, low, 0, 2), _instruction(_AT_LEAST, high + 1, 1, 0), granted)
    ]
    return [
        reload,
        _instruction(_IS, _FLOCK[column], 0, 1),
        granted,
        _instruction(_IS, _FCNTL[column], 0, 6 + len(locks)),
        _instruction(_LOAD, _SECOND_ARGUMENT),
        *locks,
        _instruction(_AT_LEAST, _FIRST_LOCK, 0, 4),
        _instruction(_AT_LEAST, first, 0, 2),
        _instruction(_AT_LEAST, last + 1, 1, 0),
        _instruction(_RETURN, _ALLOW),
        refuse,
        reload,
        _instruction(_IS, _MADVISE[column], 0, 3),
        _instruction(_LOAD, _THIRD_ARGUMENT),
        _instruction(_AT_LEAST, _FIRST_ADVICE_ON_PAGES, 0, 1),
        refuse,
        reload,
        _instruction(_IS, _IOCTL[column], 0, 4),
        _instruction(_LOAD, _SECOND_ARGUMENT),
        _instruction(_AT_LEAST, _OF_TERMINALS[0], 0, 1),
        _instruction(_AT_LEAST, _OF_TERMINALS[1] + 1, 0, 1),
        refuse,
    ]


def _instruction(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    """One instruction of the kernel's filter language (struct sock_filter)."""
    return struct.pack("HBBI", code, if_true, if_false, value)
