"""What honest notebooks ask of the system works when they are graded, without the machine's own answer."""

import pytest

from tests.workshop.grading.notebooks import graded, points, with_cells

CELLS: dict[str, tuple[str, ...]] = {
    "sqlite3": (
        "import sqlite3\ndb = sqlite3.connect('a.db')\ndb.execute('create table t (x)')",
        "db.execute('insert into t values (1)')\ndb.commit()\nassert [*db.execute('select x from t')]",
    ),
    "locks": (
        "import fcntl\nf = open('l', 'w')\nfcntl.flock(f, fcntl.LOCK_EX)\nfcntl.lockf(f, fcntl.LOCK_EX)",
    ),
    "who and where": (
        "import os, pwd\nassert pwd.getpwuid(os.getuid()).pw_name == 'student'\nassert os.getgid() == 1000",
        "import socket\nassert socket.gethostbyname('localhost') == '127.0.0.1'",
    ),
    "the machine": (
        "import os\nos.getloadavg()\nassert 'MemTotal' in open('/proc/meminfo').read()",
        "import psutil\nassert psutil.virtual_memory().total > 0\npsutil.cpu_percent()",
        "import sysconfig\nassert sysconfig.get_config_var('prefix') in ('/python', '/usr')",
    ),
    "locale": ("import locale\nlocale.setlocale(locale.LC_ALL, 'xx_XX.UTF-8')",),
    "folders above": ("import os\nos.makedirs('../figures')\nos.makedirs('../../data')",),
    "!python": (
        "import sys\nopen('s.py', 'w').write('print(1 + 2)')\nr = !python s.py\nassert r == ['3']",
        "r = !{sys.executable} s.py\nassert r == ['3']",
    ),
    "mmap": ("import mmap\nm = mmap.mmap(-1, 4096)\nm[:3] = b'abc'\nassert m[:3] == b'abc'",),
    "IPython's debugger": (
        "from IPython.core.debugger import Pdb, set_trace\nset_trace()\nPdb().set_trace()",
        "import IPython\nIPython.embed()\nk = 1",
    ),
    "many threads": (
        "torch.set_num_threads(64)\ntorch.conv2d(torch.rand(8, 9, 64, 64), torch.rand(8, 9, 3, 3))",
        "from concurrent.futures import ThreadPoolExecutor\nimport time",
        "with ThreadPoolExecutor(64) as p: assert len([*p.map(time.sleep, [0.01] * 200)]) == 200",
        "from multiprocessing.pool import ThreadPool\nwith ThreadPool(64) as p: p.map(abs, range(100))",
    ),
    "many processes": (
        "import os, multiprocessing as mp\nwith mp.Pool(64) as p: assert sum(p.map(abs, range(9))) == 36",
        "assert os.cpu_count() == mp.cpu_count() <= 2",
    ),
}


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_gets_what_it_asks_of_the_system(name: str) -> None:
    result = graded(with_cells(*CELLS[name]))
    assert (points(result), result.summary.cell_failures) == ({"target_scores": 1, "guided_relu": 1}, [])
