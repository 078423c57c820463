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
BREAKOUTS = (*_FILES, *_PROCESSES, *_NETWORK)
