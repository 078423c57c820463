"""Submissions that look for what is not theirs: files, processes, memory, networks, the next submission."""

from functools import partial

from tests.workshop.grading.corpus.attack import Attack, Guard

__all__ = ["BREAKOUTS"]

_breakout = partial(Attack, guard=Guard.SHUT_IN)

_FILES = (
    _breakout("reads the seed", source="tell(open('<folder>/seed').read())"),
    _breakout("reads the store", source="tell(open('<folder>/grades.sqlite', 'rb').read())"),
    _breakout("reads another student's notebook", source="tell(open('<folder>/bert/x.ipynb').read())"),
    _breakout("reads the solutions", source="open('<root>/solutions/src/04_saliency.py'); win()"),
    _breakout(
        "writes into the seed",
        source="file = open('<folder>/seed', 'r+'); file.write('loot'); file.seek(0); tell(file.read())",
    ),
    _breakout(
        "hands on a link to another's file",
        source="import os\nos.link('<folder>/bert/x.ipynb', '<folder>/link'); win()",
    ),
    _breakout("looks for files of the grader", source="import os\nos.listdir('<folder>'); win()"),
    _breakout(
        "leaves a file for the next",
        times=2,
        source="""
            import os, tempfile
            place = os.path.join(tempfile.gettempdir(), "<name>")
            if os.path.exists(place): win()
            open(place, "w").close()
            """,
    ),
    _breakout(
        "leaves shared memory for the next",
        times=2,
        source="""
            import os
            if os.path.exists("/dev/shm/<name>"): win()
            open("/dev/shm/<name>", "w").close()
            """,
    ),
)
_PROCESSES = (
    _breakout("reads the grader's environment", source="import os\ntell(os.environ['LOOT'])"),
    _breakout(
        "reads the environment of another process",
        source="import re\ntell(re.search(rb'LOOT=.*', open('/proc/<pid>/environ', 'rb').read()))",
    ),
    _breakout("reads another's command line", source="tell(open('/proc/<pid>/cmdline').read())"),
    _breakout(
        "reads the memory of its warm parent",
        as_root=True,
        source="""
            import os, re
            at = next(line for line in open(f"/proc/{os.getppid()}/maps") if "[stack]" in line)
            first, last = (int(number, 16) for number in at.split()[0].split("-"))
            with open(f"/proc/{os.getppid()}/mem", "rb", 0) as file:
                file.seek(first)
                tell(re.search(rb"loot-[0-9a-f]+", file.read(last - first)))
            """,
    ),
    _breakout(
        "reads its own memory, for what the fork left",
        source="""
            import re
            at = next(line for line in open("/proc/self/maps") if "[stack]" in line)
            first, last = (int(number, 16) for number in at.split()[0].split("-"))
            with open("/proc/self/mem", "rb", 0) as file:
                file.seek(first)
                tell(re.search(rb"loot-[0-9a-f]+", file.read(last - first)))
            """,
    ),
    _breakout(
        "searches the objects that the fork left",
        source="""
            import sys
            found = [value for module in list(sys.modules.values()) for value in vars(module).values()]
            tell(*[dict(value).get("LOOT") for value in found if type(value).__name__ == "_Environ"][:2])
            """,
    ),
    _breakout(
        "traces another process",
        as_root=True,
        source="""
            import ctypes
            if ctypes.CDLL(None).ptrace(0x4206, <pid>, None, None) == 0: win()
            """,
    ),
    _breakout(
        "copies the memory of another process",
        as_root=True,
        source="""
            import ctypes
            class Piece(ctypes.Structure): _fields_ = [("at", ctypes.c_size_t), ("size", ctypes.c_size_t)]
            at = next(line for line in open("/proc/<pid>/maps") if "[stack]" in line).split("-")
            libc, kept = ctypes.CDLL(None), ctypes.create_string_buffer(64)
            ours = Piece(ctypes.addressof(kept), 64)
            theirs = Piece(int(at[1].split()[0], 16) - 64, 64)
            if libc.process_vm_readv(<pid>, ctypes.byref(ours), 1, ctypes.byref(theirs), 1, 0) == 64: win()
            """,
    ),
    _breakout("signals its parent", source="import os\nif os.getppid(): os.kill(os.getppid(), 0); win()"),
    _breakout("signals another process", source="import os\nos.kill(<pid>, 0); win()"),
    _breakout(
        "signals all that it can find",
        source="""
            import os
            for pid in range(2, 10_000):
                try: os.kill(pid, 0); win()
                except OSError: pass
            """,
    ),
    _breakout(
        "leaves a process running",
        source="""
            import subprocess
            subprocess.Popen(["/bin/sh", "-c", "sleep <daemon>"], start_new_session=True)
            """,
    ),
)
_NETWORK = (
    _breakout(
        "calls home by TCP",
        source="import socket\ntell(socket.create_connection(('127.0.0.1', <port>), 2).recv(99))",
    ),
    _breakout(
        "calls a socket in the file system",
        source="""
            import socket
            wire = socket.socket(socket.AF_UNIX)
            wire.connect("<folder>/socket"); tell(wire.recv(99))
            """,
    ),
    _breakout(
        "calls an abstract socket",
        source="""
            import socket
            wire = socket.socket(socket.AF_UNIX)
            wire.connect("\\0<name>"); tell(wire.recv(99))
            """,
    ),
    _breakout(
        "asks the kernel about the network",
        source="import socket\nsocket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0).bind((0, 0)); win()",
    ),
    _breakout(
        "calls home from a program of the system",
        source="""
            import subprocess
            call = "exec 3<>/dev/tcp/127.0.0.1/<port> && head -c 40 <&3"
            tell(subprocess.run(["/bin/bash", "-c", call], capture_output=True, timeout=2).stdout)
            """,
    ),
)
_KERNEL = (
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
            kept = mmap.mmap(-1, 2**20)
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
        source="import fcntl, os\nfcntl.flock(os.open(os.__file__, os.O_RDONLY), fcntl.LOCK_EX); win()",
    ),
    _breakout(
        "locks a part of a file that all are shown",
        source="import fcntl, os\nfcntl.lockf(os.open(os.__file__, os.O_RDONLY), fcntl.LOCK_SH); win()",
    ),
    _breakout(
        "listens to what others read",
        source="""
            import fcntl, os
            folder = os.open(os.path.dirname(os.__file__), os.O_RDONLY)
            fcntl.fcntl(folder, fcntl.F_NOTIFY, fcntl.DN_ACCESS); win()
            """,
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
            if "site-packages" in torch.__file__ or "<root>" in sys.modules["coursekit"].__file__: win()
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
)

BREAKOUTS = (*_FILES, *_PROCESSES, *_NETWORK, *_KERNEL)
