"""Things worth stealing on the machine that grades, and an eye on what becomes of them."""

import os
import secrets
import signal
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Trap", "trap"]

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Trap:
    """Where the things are, as attacks name them.

    Attributes:
        token: what each of them holds; whoever can tell it has been there.
        name: of an abstract socket, and for files that an attack may leave.
        folder: a seed, a store, another student's notebook, and a socket.
        port: of a server on the loopback; there is one behind the sockets, too.
        pid: of a process of the same user.
        daemon: an argument of a process that an attack leaves running, unlike any other trap's.
    """

    token: str
    name: str
    folder: Path
    port: int
    pid: int
    daemon: str
    root: Path = ROOT

    def taken(self) -> bool:
        """Whether an attack left a process; it is ended."""
        left = [int(pid) for pid in filter(str.isdigit, os.listdir("/proc")) if self.daemon in _command(pid)]
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        return bool(left)


def _command(pid: str) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


@contextmanager
def trap(folder: Path) -> Iterator[Trap]:
    """Set it up, and leave nothing of it."""
    token, name = f"loot-{secrets.token_hex(12)}", f"coursekit-{secrets.token_hex(12)}"
    (folder / "bert").mkdir()
    for file in ("seed", "grades.sqlite", "bert/x.ipynb"):
        (folder / file).write_text(token)
    os.environ["LOOT"] = token
    with ExitStack() as stack:
        servers = [
            _server(stack, token, socket.AF_INET, ("127.0.0.1", 0)),
            _server(stack, token, socket.AF_UNIX, str(folder / "socket")),
            _server(stack, token, socket.AF_UNIX, f"\0{name}"),
        ]
        port = servers[0].getsockname()[1]
        victim = subprocess.Popen(["/bin/sh", "-c", f"sleep 999; : {token}"], start_new_session=True)
        try:
            yield Trap(token, name, folder, port, victim.pid, f"86421.{secrets.randbelow(10**9):09}")
        finally:
            os.killpg(victim.pid, signal.SIGKILL)
            victim.wait()
            del os.environ["LOOT"]
            for place in (tempfile.gettempdir(), "/dev/shm"):
                Path(place, name).unlink(missing_ok=True)


def _server(stack: ExitStack, token: str, family: int, address: object) -> socket.socket:
    server = stack.enter_context(socket.socket(family))
    server.bind(address)
    server.listen()
    threading.Thread(target=_serve, args=(server, token), daemon=True).start()
    return server


def _serve(server: socket.socket, token: str) -> None:
    try:
        while True:
            caller, _ = server.accept()
            with caller:
                caller.sendall(token.encode())
    except OSError:
        return  # closed
