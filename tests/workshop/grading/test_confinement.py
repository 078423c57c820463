"""What a submission's process can see and reach: a survey, beside the attacks of the corpus."""

import os
import re
import sys
from pathlib import Path

import pytest

from coursekit.workshop.grading.sandbox import DATA, PACKAGE, SCRATCH
from tests.workshop.grading.notebooks import graded, probe, with_cell

OURS = (PACKAGE, DATA, Path(sys.prefix), Path(sys.base_prefix))


def test_nothing_is_left_for_the_next() -> None:
    leave = """
        import os, pathlib, coursekit, torch
        ours = str(pathlib.Path(coursekit.__file__).parent)
        for place in (os.environ["HOME"], "/tmp", "/dev/shm", "/var/tmp", "/", "/run", ours):
            try: pathlib.Path(place, "left").write_text("behind")
            except OSError: pass
        torch.left = coursekit.left = "behind"
        """
    graded(with_cell(leave), "guided_relu")
    found = probe("""
        import os, torch, coursekit
        places = (os.environ["HOME"], "/tmp", "/dev/shm", "/var/tmp", "/", "/run")
        places += (os.path.dirname(coursekit.__file__),)
        tell([p for p in places if os.path.exists(p + "/left")], hasattr(torch, "left"))
        """)
    assert found == "([], False)"


def test_there_is_nothing_to_read(tmp_path: Path) -> None:
    seed, other = tmp_path / "seed", tmp_path / "other.ipynb"
    for path in (seed, other):
        path.write_text("secret")
    root = Path(__file__).parents[3]
    places = [
        seed,
        other,
        Path.home() / ".ssh",
        root / "solutions",
        root / "tests",
        root / ".git",
        "/etc/shadow",
        Path.home() / ".cache",
    ]
    places += ["/proc/1", "/proc/self", "/sys/kernel", "/var/log", "/run", "/usr"]
    # Where the course or its Python lies in somebody's home, there is a way to it.
    places += ["/home"] * (not any(path.is_relative_to("/home") for path in OURS))
    found = probe(f"""
        import os
        there = [p for p in {[str(place) for place in places]!r} if os.path.exists(p)]
        tell(there, os.listdir(), [entry for entry in os.listdir("/proc") if os.path.isdir("/proc/" + entry)])
        """)
    assert found == "(['/usr'], [], [])"


def test_answers_are_not_there() -> None:
    """Neither as source nor compiled, in any folder that Python looks in."""
    found = probe("""
        import glob, os, sys, coursekit
        packages = [p + "/" + name for p in sys.path for name in ("coursekit", "captum", "zennit", "tqdm")]
        files = [f for p in packages for f in glob.glob(p + "/**/*", recursive=True) if os.path.isfile(f)]
        words = ("/attribution/", "/exercises/saliency/", "/relus", "/targets", "/captum/", "/zennit/")
        tell([f for f in files if any(w in f for w in words) and os.path.getsize(f)], len(files) > 50)
        """)
    assert found == "([], True)"


@pytest.mark.parametrize(
    "module",
    [
        "coursekit.core.relus",
        "coursekit.core.targets",
        "coursekit.exercises.gradcam",
        "coursekit.workshop.building",
        "captum",
        "zennit",
    ],
)
def test_an_answer_cannot_be_imported(module: str) -> None:
    found = probe(f"""
        import importlib, sys
        sys.meta_path[:] = [f for f in sys.meta_path if type(f).__name__ != "HiddenModuleFinder"]
        try: m = importlib.import_module("{module}"); tell([n for n in dir(m) if not n.startswith("_")])
        except ImportError: tell([])
        """)
    assert found == "([],)"


def test_there_is_no_network_and_no_way_to_the_host() -> None:
    found = probe("""
        import ctypes, os, socket
        libc = ctypes.CDLL(None, use_errno=True)
        def refused(call):
            try: return call()
            except OSError: return True
        def fails(*numbers): return libc.syscall(*numbers) == -1
        tell(
            refused(lambda: socket.create_connection(("1.1.1.1", 53), 1)),
            refused(lambda: socket.socket(socket.AF_INET)),
            refused(lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)),
            refused(lambda: socket.socket(socket.AF_UNIX).connect("\\0X11")),
            libc.unshare(0x10000000) == -1,
            libc.mount(b"proc", b"/tmp", b"proc", 0, None) == -1,
            libc.umount2(b"/proc", 2) == -1,
            libc.ptrace(16, 1, None, None) == -1,
            libc.memfd_create(b"x", 0) == -1,
            refused(lambda: os.setuid(0)),
            refused(lambda: os.open("/dev/mem", os.O_RDONLY)),
            refused(lambda: os.mknod("disk", 0o60600, 1)),
            os.getpid() == 1, os.getppid() == 0,
        )
        """)
    assert set(re.findall(r"\w+", found)) == {"True"}


def test_the_environment_tells_nothing() -> None:
    os.environ["COURSEKIT_TEST_SECRET"] = "seed"
    try:
        found = probe(
            "import os\ntell(os.environ['HOME'], len(os.environ), [n for n in os.environ if 'SECRET' in n])"
        )
    finally:
        del os.environ["COURSEKIT_TEST_SECRET"]
    assert re.fullmatch(rf"\('{SCRATCH}', \d\d, \[\]\)", found)
