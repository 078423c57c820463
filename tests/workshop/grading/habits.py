"""What honest notebooks do besides answering: cells that a kernel runs."""

__all__ = ["CELLS"]

_LOADER = "from torch.utils.data import DataLoader\nx = torch.arange(10)\n"
_SQUARE = "def square(v): return v * v\n"

CELLS: dict[str, tuple[str, ...]] = {
    "await": (
        "import asyncio\nasync def f(): return 3\nv = await f()",
        "assert v == 3; await asyncio.sleep(0)",
    ),
    "async with": ("import asyncio\nasync with asyncio.Lock(): z = 1", "assert z == 1"),
    "asyncio.run": ("import asyncio\nasync def f(): return 3\nassert asyncio.run(f()) == 3",),
    "gather": (
        "import asyncio\nassert await asyncio.gather(*[asyncio.sleep(0, i) for i in (0, 1)]) == [0, 1]",
    ),
    "to_thread": ("import asyncio\nassert await asyncio.to_thread(len, 'abc') == 3",),
    "nest_asyncio": ("import nest_asyncio, asyncio\nnest_asyncio.apply()\nasyncio.run(asyncio.sleep(0))",),
    "_": ("41", "assert _ == 41", "1\n42", "assert _ == 42 and __ == 41"),
    "Out": ("41", "assert Out[4 - 1] == _3 == 41 and _oh is Out"),
    "In": ("7", "assert _i == '7' == In[3] and In[-2] == '7'"),
    "%env": (
        "%env X=1\nimport os\nassert os.environ['X'] == '1'\n%set_env Y 2",
        "y = %env Y\nassert y == '2'\n%env",
    ),
    "%%writefile": (
        "%%writefile helper.py\ndef double(v): return 2 * v",
        "import helper\nassert helper.double(2) == 4",
    ),
    "%%writefile -a": ("%%writefile h.py\na = 1", "%%writefile -a h.py\nb = 2", "from h import a, b"),
    "a module again": (
        *("%%file h.py\na = 1", "import h, importlib", "%%writefile h.py\na = 22"),
        "importlib.reload(h)\nassert h.a == 22",
    ),
    "a module by open": ("open('h.py', 'w').write('a = 2')\nimport h\nassert h.a == 2",),
    "!ls": ("files = !ls\nassert len(files) == 0\nfiles.n, files.s, files.p, files.grep('x')",),
    "!ls, one of them": ("open('a.txt', 'w').write('1')\nfiles = !ls\nassert files[0] == 'a.txt'",),
    "!echo": ("q = 5\nv = !echo {q} $q\nassert v == ['5 5']\n!echo hi",),
    "!mkdir": ("!mkdir -p out/deep\nimport os\nassert os.path.isdir('out/deep')", "%mkdir more"),
    "! in %%time": (
        "%%time\nfiles = !ls\n!echo hi\n%matplotlib inline\nz = 1",
        "assert z == 1 and len(files) == 0",
    ),
    "! in a block": ("if True:\n    !echo hi\n    %matplotlib inline\n    k = 3", "assert k == 3"),
    "await in %%time": ("%%time\nimport asyncio\nawait asyncio.sleep(0)\nk = 1", "assert k == 1"),
    "globals": ("q = 2", "assert globals()['q'] == 2\nfor name, value in list(globals().items()): pass"),
    "__main__": ("q = 2", "import __main__\nfrom __main__ import q as r\nassert __main__.q == r == 2"),
    "%run": ("open('s.py', 'w').write('v = 5')\n%run s.py\nassert v == 5",),
    "%run -i": ("k = 4\nopen('s.py', 'w').write('v = k')\n%run -i s.py\nassert v == 4",),
    "%%capture": ("%%capture out\nprint('hi')\nk = 1", "assert k == 1 and 'hi' in out.stdout\nout.show()"),
    "%%capture, options": (
        "%%capture --no-stderr out\nprint('hi')",
        "assert 'hi' in out.stdout",
        "%%capture\n3",
    ),
    "%timeit": (
        "%timeit -n 2 -r 2 len([])\nr = %timeit -o -n 2 len([])\nassert r.average >= r.best >= 0",
        *("%%timeit\nlen([])", "%%timeit -n 3 k = 1\nlen([])"),
    ),
    "%time": ("%time k = 3\nv = %time k + 1\nassert v == 4", "%prun -q len([])"),
    "display": (
        (
            "from IPython.display import HTML, Markdown, clear_output, display\n"
            "display(torch.zeros(2), HTML('<b>'))"
        ),
        "clear_output(wait=True)\nh = display('a', display_id=True)\nh.update('b')",
    ),
    "a figure": (
        "import matplotlib.pyplot as plt\nf, a = plt.subplots()\ndisplay(f)\nplt.show(block=False)\nf",
    ),
    "input": ("name = input('who? ').upper()\nfrom getpass import getpass\ngetpass('token')",),
    "tqdm": (
        "from tqdm.notebook import tqdm, trange\nfor i in tqdm(range(3)): pass\nfor i in trange(3): pass",
        "from tqdm.auto import tqdm\nfor i in tqdm(range(3), desc='x'): pass",
    ),
    "widgets": (
        "import ipywidgets as w\n@w.interact(a=(0, 3))\ndef g(a=1): return a\ndisplay(w.IntSlider(3))",
        "out = w.Output()\nwith out: print(3)",
    ),
    "Colab": (
        (
            "try:\n    from google.colab import drive\n    drive.mount('/content')\n"
            "except ImportError: away = True"
        ),
        "assert away\n#@title x\nk = 3 #@param {type: 'slider'}",
    ),
    "pip": (
        "!pip install -q captum\nk = 1\nimport sys\n!{sys.executable} -m pip install y",
        "%pip install x\n%conda install x\n!apt-get -qq update\nassert k == 1",
    ),
    "matplotlib": (
        "%matplotlib inline\n%config InlineBackend.figure_format = 'retina'\n%matplotlib widget\nk = 1",
        "import matplotlib as mpl\nmpl.use('TkAgg')\nmpl.rcParams['figure.dpi'] = 150\nassert k == 1",
        "%pylab inline\nassert array([1, 2]).sum() == 3",
    ),
    "extensions": ("%load_ext autoreload\n%autoreload 2\n%load_ext tensorboard\nk = 1", "assert k == 1"),
    "%cd": (
        "import os\nos.makedirs('sub')\n%cd sub\nassert os.getcwd().endswith('sub')\n%cd -q /content/nowhere",
        "%cd ..\nd = %pwd\nassert os.getcwd() == d",
    ),
    "get_ipython": (
        (
            "ip = get_ipython()\nip.system('echo hi')\nip.magic('matplotlib inline')\n"
            "assert ip.getoutput('echo 3') == ['3']"
        ),
        "ip.run_cell('k = 3')\nassert k == ip.user_ns['k'] == ip.ev('k') == 3\nip.ex('k = 5')",
        (
            "ip.events.register('post_run_cell', lambda *a: None)\nip.kernel.do_one_iteration()\n"
            "ip.run_cell_magic('time', '', '3')"
        ),
    ),
    "annotations": (
        "from __future__ import annotations\ndef f(a: Nope) -> Nada: ...",
        "class A:\n    x: Undefined",
    ),
    "del": ("del model, x", "ck = 5"),
    "seeds": (
        "torch.manual_seed(3)\nimport random\nrandom.seed(1)\ntorch.use_deterministic_algorithms(True)",
    ),
    "threads": (
        (
            "torch.set_num_threads(4)\nimport threading\n"
            "t = threading.Thread(target=len, args=('',))\nt.start(); t.join()"
        ),
    ),
    "warnings": (
        (
            "import warnings\nwarnings.simplefilter('error')\nimport matplotlib.pyplot as plt\n"
            "plt.plot([1]); plt.show()"
        ),
        "warnings.filterwarnings('error')",
    ),
    "exit": ("k = 1\nexit()", "assert k == 1\nquit"),
    "%reset": ("k = 1\n%reset -f", "import torch\nimport coursekit as ck"),
    "debuggers": ("breakpoint()\nimport pdb\npdb.set_trace()\n%debug\n%pdb on\nk = 1", "assert k == 1"),
    "inference_mode": ("@torch.inference_mode()\ndef f(x): return x * 2\nassert f(torch.ones(1)) == 2",),
    "DataLoader": (
        _LOADER
        + (
            "n = 0\n"
            "for b in DataLoader(x, 2, num_workers=2, persistent_workers=True, prefetch_factor=4):\n"
            "    n += len(b)"
        ),
        (
            "assert n == 10\n"
            "l = DataLoader(x, 2, False, None, None, 2, timeout=5, multiprocessing_context='fork')\n"
            "assert len([*l]) == 5"
        ),
    ),
    "multiprocessing": (
        _SQUARE
        + "import torch.multiprocessing as mp\nwith mp.Pool(2) as p: assert p.map(square, [1, 2]) == [1, 4]",
        "with mp.Pool(2) as p: r = p.map(square, [torch.ones(2)] * 3)\nassert r[0].sum() == 2",
        (
            "q = mp.Queue()\np = mp.Process(target=lambda: q.put(torch.ones(3)))\n"
            "p.start(); assert q.get(timeout=9).sum() == 3; p.join()"
        ),
    ),
    "futures": (
        _SQUARE + "from concurrent.futures import ProcessPoolExecutor\n"
        "with ProcessPoolExecutor(2) as p: assert [*p.map(square, [1, 2])] == [1, 4]",
    ),
    "joblib": (
        _SQUARE
        + (
            "from joblib import Parallel, delayed\n"
            "assert Parallel(n_jobs=2)(delayed(square)(i) for i in (1, 2)) == [1, 4]"
        ),
    ),
    "torch.compile": (
        (
            "@torch.compile(mode='reduce-overhead', fullgraph=True)\ndef g(v): return v + 1\n"
            "assert g(torch.ones(1)) == 2"
        ),
    ),
    "torch.jit": ("@torch.jit.script\ndef g(v: torch.Tensor): return v * 2\nassert g(torch.ones(1)) == 2",),
    "other languages": (
        *("%%html\n<b>x</b>", "%%latex\n$x$", "%%javascript\nalert(1)", "%%markdown\n# hi"),
        *(
            "%%bash --out res\necho hi\nmkdir there",
            "import os\nassert os.path.isdir('there') and res == 'hi\\n'",
        ),
    ),
    "%sx": ("v = %sx echo 3\nassert v == ['3']", "!!ls"),
    "help": ("torch.relu?", "?torch.relu", "%pinfo torch\nk = 1"),
    "%who": ("q = 1\nn = %who_ls\nassert 'q' in n\n%whos",),
    "unknown magics": (
        "%%memit\nm = 1",
        "%load_ext memory_profiler\n%lprun -f f f()\nassert m == 1",
        "%history\n%store m",
    ),
    "pickle": (
        "from dataclasses import dataclass\n@dataclass\nclass C:\n    r: float = 0.1",
        "import pickle\nassert pickle.loads(pickle.dumps(C())).r == 0.1",
    ),
    "inspect": ("import inspect\ndef f():\n    return 3\nassert 'return 3' in inspect.getsource(f)",),
    "star imports": ("from typing import *\nfrom math import *\nfrom numpy import *",),
    "files": (
        (
            "torch.save(torch.ones(2), 'm.pt')\nassert torch.load('m.pt').sum() == 2\n"
            "import pathlib\npathlib.Path('f').mkdir()"
        ),
    ),
    "subprocess": ("import subprocess\nassert subprocess.check_output('echo 1', shell=True) == b'1\\n'",),
    "doctest": (
        (
            "def f(a):\n    '''\n    >>> f(1)\n    2\n    '''\n    return a + 1\nimport doctest\n"
            "assert doctest.testmod().failed == 0"
        ),
    ),
    "unittest": (
        (
            "import unittest\nclass T(unittest.TestCase):\n    def test(self): pass\n"
            "unittest.main(argv=['x'], exit=False)"
        ),
    ),
    "argparse": ("import argparse\nargparse.ArgumentParser().parse_args()",),
    "__name__": ("if __name__ == '__main__': k = 1", "assert k == 1"),
    "magics in a function": (
        "def f():\n    files = !ls\n    %time g = 2\n    return files\nassert f() == []",
    ),
    "pasted prompts": (">>> k = 1\n>>> k + 1", "assert k == 1", "In [3]: j = 2", "assert j == 2"),
    "indented": ("    k = 5\n    j = 6", "assert k + j == 11"),
    "automagic": ("matplotlib inline", "pip install x", "cd .", "ls"),
    "settings": ("torch.set_grad_enabled(False)\ntorch.set_default_dtype(torch.float64)",),
    "stdout": ("import sys\nsys.stdout = open('log.txt', 'w')\nprint(1)", "sys.stdout.close()", "3"),
    "gc": (
        (
            "import gc, atexit, sys\n"
            "gc.collect(); gc.disable(); atexit.register(len, ''); sys.setrecursionlimit(9000)"
        ),
    ),
    "exec": ("exec('z = 3')\nassert eval('z') == 3",),
    "own magics": (
        (
            "from IPython.core.magic import register_cell_magic, register_line_magic\n"
            "@register_line_magic\ndef double(line): return 2 * int(line)\n"
            "@register_cell_magic\ndef keep(line, cell): get_ipython().user_ns[line] = cell"
        ),
        "v = %double 4\nassert v == 8",
        *("%%keep text\nno python", "assert text.strip() == 'no python'"),
    ),
    "%aimport": ("%load_ext autoreload\n%aimport math, -json\nassert math.pi > 3",),
    "%precision": ("%precision 3\n%xmode Minimal\n%autosave 60\n%alias foo ls\n1.0",),
}
"""Cells that run to their end, in order, behind the notebook's imports."""
