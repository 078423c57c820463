"""Submissions that would be taken for right by a grader that runs in their process, or believes it."""

from functools import partial

from tests.workshop.grading.corpus.attack import Attack, Guard

__all__ = ["FORGERIES"]

_forgery = partial(Attack, guard=Guard.OUTSIDE, answers="target_scores")
_WRONG = "def target_scores(model, x, target): return torch.zeros(len(x))\n"

FORGERIES = (
    _forgery(
        "a tensor that equals everything",
        source="""
            class Anything(torch.Tensor):
                @classmethod
                def __torch_function__(cls, function, types, args=(), kwargs=None): return torch.tensor(True)
            def target_scores(model, x, target): return torch.zeros(len(x)).as_subclass(Anything)
            """,
    ),
    _forgery(
        "an object that equals everything",
        source="""
            class Anything:
                __eq__ = lambda self, other: torch.tensor(True)
                __getattr__ = lambda self, name: self
            def target_scores(model, x, target): return Anything()
            """,
    ),
    _forgery(
        "tensors patched to be equal",
        source="torch.Tensor.__eq__ = lambda *_: torch.tensor(True)\n" + _WRONG,
    ),
    _forgery(
        "torch patched to find all close",
        source="torch.allclose = torch.equal = lambda *_, **__: True\n" + _WRONG,
    ),
    _forgery(
        "the declaration's reference exchanged",
        source="from coursekit.exercises.saliency import target_scores as module\n"
        "object.__setattr__(module.TARGET_SCORES, 'reference', lambda m, x, t: torch.zeros(len(x)))\n"
        + _WRONG,
    ),
    _forgery(
        "a net that lies to reference and answer alike",
        source="""
            from coursekit.exercises import nets
            nets.Net.build = lambda self: (lambda x: torch.zeros(len(x), 5))
            def target_scores(model, x, target): return torch.zeros(len(x))
            """,
    ),
    _forgery(
        "cases that ask for nothing",
        spoils=True,
        source="""
            from coursekit.exercises import exercise
            built = exercise.Case.build
            def build(self):
                found = built(self)
                return found | {"x": found["x"][:0], "target": found["target"][:0]}
            exercise.Case.build = build
            """
        + _WRONG,
    ),
    _forgery(
        "a walk up the stack",
        source="""
            import sys
            def target_scores(model, x, target):
                frame = sys._getframe()
                while frame := frame.f_back:
                    for name in ("wanted", "reference", "expected"):
                        if name in frame.f_locals: return frame.f_locals[name]
            """,
    ),
    _forgery(
        "a walk through a traceback and its frames",
        source="""
            def target_scores(model, x, target):
                try: raise KeyError
                except KeyError as error: frame = error.__traceback__.tb_frame
                while frame := frame.f_back:
                    for value in frame.f_locals.values():
                        if type(value) is torch.Tensor and value.shape == (len(x),):
                            if value.is_floating_point(): return value
            """,
    ),
    _forgery(
        "a search of all objects",
        source="""
            import gc
            def tensors(): return [o for o in gc.get_objects() if type(o) is torch.Tensor]
            known = {id(tensor) for tensor in tensors()}
            def target_scores(model, x, target):
                new = [o for o in tensors() if id(o) not in known and o.shape == (len(x),)]
                return next((o for o in new if o.is_floating_point()), None)
            """,
    ),
    _forgery(
        "a profiler that listens to the reference",
        source="""
            import sys
            heard = []
            def listen(frame, event, value):
                if event == "return" and type(value) is torch.Tensor and value.ndim == 1:
                    if value.is_floating_point(): heard.append(value)
            sys.setprofile(listen)
            def target_scores(model, x, target): return [h for h in heard if h.shape == target.shape][-1]
            """,
    ),
    _forgery(
        "an input transformer that rewrites cells",
        source="get_ipython().input_transformers_post.append(lambda lines: ['earned = 1.0\\n'])\n" + _WRONG,
    ),
    _forgery(
        "an AST transformer that rewrites cells",
        source="""
            import ast
            class Pass(ast.NodeTransformer):
                def visit_Assign(self, node):
                    return ast.copy_location(ast.Assign(node.targets, ast.Constant(1.0), lineno=1), node)
            get_ipython().ast_transformers.append(Pass())
            """
        + _WRONG,
    ),
    _forgery(
        "a hook that runs after each cell",
        source="""
            shell = get_ipython()
            shell.events.register("post_run_cell", lambda *_: shell.user_ns.update(earned=1.0))
            """
        + _WRONG,
    ),
    _forgery(
        "a library that writes the result, patched",
        source="import json\njson.dumps = lambda *_, **__: '1.0'\n" + _WRONG,
    ),
    _forgery(
        "points written to every open file before an end",
        source="""
            import os
            def target_scores(model, x, target):
                for file in range(3, 64):
                    try: os.write(file, b"1.0")
                    except OSError: pass
                os._exit(0)
            """,
    ),
    _forgery(
        "a reply of its own, with points",
        spoils=True,
        guard=Guard.UNSHOWN,
        source="""
            import os, json, struct
            body = {"error": None, "written": True, "side_effects": []}
            body = json.dumps(body | {"passed": True, "credit": 1, "earned": 99}).encode()
            def target_scores(model, x, target):
                for wire in range(3, 64):
                    try: os.write(wire, struct.pack(">II", len(body), 0) + body)
                    except OSError: pass
                return torch.zeros(len(x))
            """,
    ),
    _forgery(
        "the worker's own code patched",
        spoils=True,
        guard=Guard.UNSHOWN,
        source="""
            import sys
            for module in list(sys.modules.values()):
                for name in ("judge", "agree", "check", "examine",
                             "_judge_case", "snapshot", "is_plain_tensor"):
                    if hasattr(module, name): setattr(module, name, lambda *_, **__: True)
            """
        + _WRONG,
    ),
)
