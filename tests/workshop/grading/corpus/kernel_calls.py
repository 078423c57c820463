"""Submissions that ask the kernel for what reaches beyond them, tells of the machine, or is shared by all."""

from functools import partial

from tests.workshop.grading.corpus.attack import Attack, Guard

__all__ = ["KERNEL_CALLS"]

_breakout = partial(Attack, guard=Guard.SHUT_IN)

KERNEL_CALLS = (
    _breakout(
        "makes namespaces of its own",
        as_root=True,
        source="import ctypes\nif ctypes.CDLL(None).unshare(0x04000000) == 0: win()",
    ),
    _breakout(
        "takes memory that belongs to no process",
        source="import ctypes\nif ctypes.CDLL(None).memfd_create(b'x', 0) >= 0: win()",
    ),
    _breakout(
        "takes memory that it shares with nobody",
        source="""
            import mmap
            shared = next(kind for kind in mmap.mmap.__mro__ if kind.__module__ == "mmap")
            kept = shared(-1, 2**20)
            kept.write(bytes(2**20)); kept.madvise(mmap.MADV_DONTNEED)
            win()
            """,
    ),
    _breakout(
        "takes memory by way of a device",
        source="import mmap, os\nkept = mmap.mmap(os.open('/dev/zero', os.O_RDWR), 2**20); win()",
    ),
    _breakout(
        "takes memory that outlives all processes",
        source="""
            import ctypes
            libc = ctypes.CDLL(None)
            found = libc.shmget(0, 4096, 0o1600)
            if found >= 0: libc.shmctl(found, 0, None); win()
            """,
    ),
    _breakout(
        "takes memory in the buffers of sockets",
        source="""
            import socket
            kept = [socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM) for _ in range(9)]
            for near, _ in kept:
                near.setblocking(False)
                try:
                    while near.send(bytes(2**16)): pass
                except BlockingIOError: pass
            win()
            """,
    ),
    _breakout(
        "hands files to itself, so that none of its processes has them open",
        source="""
            import os, socket
            near, far = socket.socketpair()
            socket.send_fds(near, [b"x"], [os.open("/dev/null", os.O_RDONLY)]); win()
            """,
    ),
    _breakout(
        "sends files over the wire that it was given",
        guard=Guard.UNSHOWN,  # without it, the wire carries one byte too many, and the reply is lost
        source="""
            import os, socket
            for number in range(3, 64):
                try: socket.send_fds(socket.socket(fileno=os.dup(number)), [b"x"], [number]); win()
                except OSError: pass
            """,
    ),
    _breakout(
        "takes what all users share of asynchronous I/O",
        source="""
            import ctypes, platform
            number = {"x86_64": 206, "aarch64": 0}[platform.machine()]
            context = ctypes.c_ulong(0)
            if ctypes.CDLL(None).syscall(number, 8, ctypes.byref(context)) == 0: win()
            """,
    ),
    _breakout(
        "takes the watches that a user has for all processes",
        source="import ctypes\nif ctypes.CDLL(None).inotify_init1(0) >= 0: win()",
    ),
    _breakout(
        "signals to the next by what the machine holds in memory",
        source="""
            import os
            file = os.open(os.__file__, os.O_RDONLY)
            os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED); win()
            """,
    ),
    _breakout(
        "asks what the machine holds in memory",
        source="""
            import os
            file = os.open(os.__file__, os.O_RDONLY)
            try: os.preadv(file, [bytearray(1)], 0, os.RWF_NOWAIT); win()
            except BlockingIOError: win()
            """,
    ),
    _breakout(
        "reads ahead for another",
        source="""
            import ctypes, os
            if ctypes.CDLL(None).readahead(os.open(os.__file__, os.O_RDONLY), 0, 4096) == 0: win()
            """,
    ),
    _breakout(
        "moves pages out of memory",
        source="""
            import mmap, os
            file = os.open(os.__file__, os.O_RDONLY)
            kept = mmap.mmap(file, 4096, mmap.MAP_PRIVATE, mmap.PROT_READ)
            kept.madvise(21); win()
            """,
    ),
    _breakout(
        "locks a file that all are shown",
        source="""
            import fcntl, os
            mine, others = (os.open(os.__file__, os.O_RDONLY) for _ in range(2))
            fcntl.flock(mine, fcntl.LOCK_EX)
            try: fcntl.flock(others, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError: win()
            """,
    ),
    _breakout(
        "locks a part of a file that all are shown",
        source="""
            import fcntl, os, struct
            mine, others = (os.open(os.__file__, os.O_RDONLY) for _ in range(2))
            lock = struct.pack("hhqqi", fcntl.F_RDLCK, 0, 0, 0, 0)
            fcntl.fcntl(mine, 37, lock)  # of an open file, so that another's can be seen in one process
            asked = struct.pack("hhqqi", fcntl.F_WRLCK, 0, 0, 0, 0)
            if fcntl.fcntl(others, 36, asked)[:2] == struct.pack("h", fcntl.F_RDLCK): win()
            """,
    ),
    _breakout(
        "listens to what others read",
        source="""
            import fcntl, os, signal
            signal.signal(signal.SIGIO, signal.SIG_IGN)  # what it hears would end it
            folder = os.open(os.path.dirname(os.__file__), os.O_RDONLY)
            fcntl.fcntl(folder, fcntl.F_NOTIFY, fcntl.DN_ACCESS); win()
            """,
    ),
    _breakout(
        "watches how much memory is left on the machine",
        source="import ctypes\nif ctypes.CDLL(None).sysinfo(ctypes.create_string_buffer(512)) == 0: win()",
    ),
    _breakout("takes terminals, of which the machine has a number", source="import os\nos.openpty(); win()"),
    _breakout(
        "lists mounts, which tell where things lie",
        source="""
            import ctypes
            class Request(ctypes.Structure):
                _fields_ = [("size", ctypes.c_uint32), ("spare", ctypes.c_uint32)]
                _fields_ += [(name, ctypes.c_uint64) for name in ("mount", "param", "namespace")]
            found = (ctypes.c_uint64 * 64)()
            root = Request(24, 0, 0xFFFFFFFFFFFFFFFF, 0, 0)
            libc = ctypes.CDLL(None, use_errno=True)
            if libc.syscall(458, ctypes.byref(root), found, 64, 0) > 0 or ctypes.get_errno() == 38: win()
            """,
    ),
    _breakout(
        "asks for a mount's source",
        source="""
            import ctypes
            request, found = (ctypes.c_uint64 * 4)(24, 1, 0xFFFFFFFF, 0), ctypes.create_string_buffer(2**16)
            libc = ctypes.CDLL(None, use_errno=True)
            done = libc.syscall(457, request, found, 2**16, 0)
            if done == 0 or ctypes.get_errno() not in (1,): win()
            """,
    ),
    _breakout(
        "calls what is newer than the filter",
        guard=Guard.UNSHOWN,
        source="""
            import ctypes
            libc = ctypes.CDLL(None, use_errno=True)
            for number in range(463, 500):
                if libc.syscall(number, 0, 0, 0, 0) >= 0 or ctypes.get_errno() != 38: win()
            """,
    ),
    _breakout(
        "spells a path of the machine so that no filter finds it",
        source="""
            import sys
            import torch
            if "-packages" in torch.__file__ or "<root>" in sys.modules["coursekit"].__file__: win()
            """,
    ),
    _breakout(
        "lifts its limits",
        guard=Guard.UNSHOWN,
        source="""
            import resource
            resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096)); win()
            """,
    ),
    _breakout(
        "becomes another user",
        as_root=True,
        source="import os\nos.setgroups([]); os.setuid(65534); win()",
    ),
    _breakout(
        "asks on which disk a file lies",
        source="""
            import fcntl, os
            fcntl.ioctl(os.open(os.__file__, os.O_RDONLY), 0x80811501, bytearray(129)); win()
            """,
    ),
    _breakout(
        "makes the machine write its caches",
        source="""
            import ctypes, os
            if ctypes.CDLL(None).syncfs(os.open(os.__file__, os.O_RDONLY)) == 0: win()
            """,
    ),
)
