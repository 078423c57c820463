"""Answers that end a process, or send back what is no answer: each costs its own exercise alone."""

from functools import partial

from tests.workshop.grading.corpus.attack import Attack, Guard

__all__ = ["CRASHES"]

_crash = partial(Attack, guard=Guard.OWN_PROCESS, answers="target_scores")
_reply = partial(Attack, guard=Guard.UNSHOWN, answers="target_scores")
_HEAD = "import os\ndef target_scores(model, x, target):\n    "
_EACH_WIRE = """
def _send(data):
    for wire in range(3, 64):
        try: os.write(wire, data)
        except OSError: pass
"""

CRASHES = (
    _crash("ends its process", source=_HEAD + "os._exit(0)"),
    _crash("kills itself", source=_HEAD + "os.kill(os.getpid(), 9)"),
    _crash("kills its group", source=_HEAD + "os.setpgid(0, 0); os.killpg(0, 9)"),
    _crash("reads where nothing is", source=_HEAD + "import ctypes; ctypes.string_at(0)"),
    _crash(
        "recurses without end",
        source=_HEAD
        + "import sys; sys.setrecursionlimit(10**9)\n    class A: __repr__ = lambda self: repr(self)\n"
        "    return repr(A())",
    ),
    _crash(
        "loops, deaf to signals",
        source=_HEAD
        + """import signal
    for number in range(1, 65):
        try: signal.pthread_sigmask(signal.SIG_BLOCK, [number])
        except (OSError, ValueError): pass
    while True:
        try:
            while True: pass
        except BaseException: pass
""",
        endless=True,
    ),
    _crash(
        "raises when it is looked at",
        source=_HEAD
        + """
    class Bomb:
        def __getattribute__(self, name): os._exit(1)
        __class__ = property(lambda self: os._exit(1))
    return Bomb()
""",
    ),
    _reply("takes all the memory", source=_HEAD + "kept = []\n    while True: kept.append(bytearray(10**8))"),
    _reply(
        "prints a hundred megabytes",
        source=_HEAD + "print('x' * 10**8); [os.write(1, b'x' * 10**6) for _ in range(100)]",
    ),
    _reply("lies about a reply's size", source=_EACH_WIRE + _HEAD + "_send(b'\\x7f' * 8)"),
    _reply("replies without end", source=_EACH_WIRE + _HEAD + "while True: _send(b'\\x00\\x0f' * 10**5)"),
    _reply("replies with no JSON", source=_EACH_WIRE + _HEAD + "_send(b'\\0\\0\\0\\2\\0\\0\\0\\0{,')"),
    _reply(
        "promises a reply, and is silent",
        source=_EACH_WIRE + _HEAD + "_send(b'\\0\\0\\1'); import time; time.sleep(99)",
        endless=True,
    ),
    _reply("returns a huge tensor", source=_HEAD + "return torch.zeros(2**26)"),
    _reply("returns an expanded giant", source=_HEAD + "return torch.zeros(()).expand(2**50)"),
    _reply("returns no numbers", source=_HEAD + "return torch.full((len(x),), float('nan'))"),
    _reply("returns another dtype", source=_HEAD + "return torch.zeros(len(x), dtype=torch.complex64)"),
    _reply("returns truth values", source=_HEAD + "return torch.ones(len(x), dtype=torch.bool)"),
    _reply("returns a tensor without numbers", source=_HEAD + "return torch.zeros(len(x), device='meta')"),
    _reply("returns a sparse tensor", source=_HEAD + "return torch.zeros(len(x)).to_sparse()"),
    _reply("returns a name that is markup", source=_HEAD + "return type('<script>', (), {})()"),
)
