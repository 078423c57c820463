"""Ways in which honest notebooks write an answer."""

__all__ = ["ANSWERS"]

_HEAD = "def target_scores(model, x, target):\n"
_BODY = "    return model(x)[torch.arange(len(x)), target]\n"


def _with(line: str) -> str:
    return f"{_HEAD}    {line}\n{_BODY}"


_RIGHT = _HEAD + _BODY
ANSWERS: dict[str, str] = {
    "an object": (
        "class T:\n"
        "    def __call__(self, model, x, target): return model(x)[torch.arange(len(x)), target]\n"
        "target_scores = T()"
    ),
    "a module": (
        "class T(torch.nn.Module):\n"
        "    def forward(self, model, x, target): return model(x)[torch.arange(len(x)), target]\n"
        "target_scores = T()"
    ),
    "a method": (
        "class T:\n"
        "    def go(self, model, x, target): return model(x)[torch.arange(len(x)), target]\n"
        "target_scores = T().go"
    ),
    "partial": (
        "from functools import partial\n"
        "def t(k, model, x, target): return model(x)[torch.arange(len(x)), target]\n"
        "target_scores = partial(t, 3)"
    ),
    "lambda": "target_scores = lambda model, x, target: model(x)[torch.arange(len(x)), target]",
    "inference_mode": f"@torch.inference_mode()\n{_RIGHT}",
    "lru_cache": f"import functools\n@functools.lru_cache\n{_RIGHT}",
    "a decorator": (
        "import functools\ndef d(f):\n    @functools.wraps(f)\n    def g(*a): return f(*a)\n    return g\n"
        f"@d\n{_RIGHT}"
    ),
    "annotations": "from __future__ import annotations\n"
    + _RIGHT.replace("x, target)", "x: Image, target: Nope) -> Nada"),
    "compiled": f"@torch.compile\n{_RIGHT}",
    "asyncio": (
        "import asyncio\nasync def a(m, x, t): return m(x)[torch.arange(len(x)), t]\n"
        "def target_scores(m, x, t): return asyncio.run(a(m, x, t))"
    ),
    "input": _with("input('go?')"),
    "breakpoint": _with("breakpoint()"),
    "display": _with("display(x.shape); get_ipython()"),
    "globals": _with("globals()['robust']"),
    "globals.get": _with("globals().get('robust').training"),
    "__main__": "import __main__\n" + _with("__main__.robust"),
    "from __main__": _with("from __main__ import robust"),
    "eval": _with("eval('robust')"),
    "%%time": f"%%time\n{_RIGHT}",
    "%%capture": f"%%capture\n!ls\n%matplotlib inline\n{_RIGHT}",
    "magics first": f"!pip install torch\n%load_ext nonsense\n%matplotlib widget\n{_RIGHT}",
    "exit behind": f"{_RIGHT}import sys\nsys.exit()",
    "magics inside": _with("files = !ls\n    %time k = 2"),
    "DataLoader": _with(
        "from torch.utils.data import DataLoader; "
        "next(iter(DataLoader(x, num_workers=2, generator=torch.Generator())))"
    ),
    "tqdm": _with("from tqdm.notebook import tqdm\n    for _ in tqdm(range(2)): pass"),
    "plots": _with("import matplotlib.pyplot as plt; plt.imshow(x[0, 0].detach()); plt.show()"),
    "warnings": f"import warnings\nwarnings.simplefilter('error')\n{_RIGHT}",
    "logging": "import logging\n" + _with("logging.info('x'); print(x.shape)"),
}
"""Right answers to ``target_scores`` of chapter 04."""
