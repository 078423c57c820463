"""Submissions that take more than they may of time, memory, processes, files and space."""

from functools import partial

from tests.workshop.grading.corpus.attack import Attack, Guard

__all__ = ["EXCESSES"]

_excess = partial(Attack, guard=Guard.LIMITED)

EXCESSES = (
    _excess("memory from Python", source="kept = bytearray(12 * 10**8); win()"),
    _excess("memory from torch", source="kept = torch.empty(3 * 10**8); win()"),
    _excess(
        "memory from the kernel",
        source="import mmap\nkept = mmap.mmap(-1, 12 * 10**8, mmap.MAP_PRIVATE); win()",
    ),
    _excess(
        "memory in many processes",
        source="""
            import os, time
            for _ in range(4):
                if os.fork() == 0:
                    kept = bytearray(b"1") * (3 * 10**8)
                    time.sleep(60)
            time.sleep(1.5)
            win()
            """,
    ),
    _excess(
        "a fork bomb",
        source="""
            import os, time
            for _ in range(80): os.fork() or time.sleep(60)
            win()
            """,
    ),
    _excess(
        "threads",
        source="""
            import threading, time
            for _ in range(80): threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
            win()
            """,
    ),
    _excess("open files", source="kept = [open('/dev/null') for _ in range(200)]; win()"),
    _excess("a huge file", source="open('huge', 'wb').write(bytes(70 * 2**20)); win()"),
    _excess(
        "many files",
        source="for name in range(9): open(str(name), 'wb').write(bytes(8 * 2**20))\nwin()",
    ),
    _excess("an endless cell", source="import time\ntime.sleep(2.5); win()", endless=True),
    _excess(
        "a cell that passes its end over",
        source="""
            import time
            end = time.monotonic() + 2.5
            while time.monotonic() < end:
                try: time.sleep(5)
                except Exception: pass
            win()
            """,
        endless=True,
    ),
)
