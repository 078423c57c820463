"""Answers that try to tell their student of a hidden case, in whatever the student gets to see."""

from functools import partial

from tests.workshop.grading.corpus.attack import Attack, Guard

__all__ = ["LEAKS"]

_leak = partial(Attack, guard=Guard.UNHEARD, answers="target_scores")
LEAKS = (
    _leak(
        "in an error's text", source="def target_scores(model, x, target): raise ValueError(x.flatten()[:4])"
    ),
    _leak(
        "in an error's type",
        source="def target_scores(model, x, target): raise type(f'E{int(1e6 * x.max())}', (Exception,), {})",
    ),
    _leak(
        "in the line that an error names",
        source="def target_scores(model, x, target):\n    where = int(9 * x.flatten()[0])\n"
        + "".join(f"    if where == {i}: raise ValueError\n" for i in range(10)),
    ),
    _leak(
        "in the type of a value",
        source="def target_scores(model, x, target): return type(f'T{int(1e6 * x.max())}', (), {})()",
    ),
    _leak(
        "in a shape",
        source="def target_scores(model, x, target): return torch.zeros(int(99 * x.flatten()[0]), 7)",
    ),
    _leak(
        "in a dtype",
        source="""
            def target_scores(model, x, target):
                kinds = (torch.int8, torch.int16, torch.int32, torch.int64, torch.uint8, torch.bool)
                return torch.zeros(len(x)).to(kinds[int(5.99 * x.flatten()[0])])
            """,
    ),
    _leak(
        "in how far a value is off",
        source="def target_scores(model, x, target): return x.flatten()[: len(x)] * 1e3",
    ),
    _leak(
        "in the factor of a right value",
        source="""
            def target_scores(model, x, target):
                return (1 + x.flatten()[0]) * model(x)[torch.arange(len(x)), target]
            """,
    ),
    _leak(
        "in which of a batch is right",
        source="""
            def target_scores(model, x, target):
                right = model(x)[torch.arange(len(x)), target]
                return right + 9 * torch.tensor([float(int(9 * one.flatten()[0]) % 2) for one in x])
            """,
    ),
    _leak(
        "in which mistake it looks like",
        source="""
            def target_scores(model, x, target):
                rows = torch.arange(len(x))
                if x.flatten()[0] > 0.5: return model(x).softmax(1)[rows, target]
                return model(x).amax(1)
            """,
    ),
    _leak(
        "in an exit code",
        source="def target_scores(model, x, target):\n    import os; os._exit(int(99 * x.flatten()[0]) + 1)",
    ),
    _leak(
        "in the names of side effects",
        source="""
            def bits(x): return [int(255 * v) >> i & 1 for v in x.flatten()[:8].tolist() for i in range(8)]
            kinds = ["input", "input-requires-grad", "net-weights", "net-mode", "net-hooks", "random"]
            def target_scores(model, x, target):
                import coursekit.exercises.answer as module
                named = tuple(kind for kind, bit in zip(kinds, bits(x)) if bit)
                module.side_effects = lambda *_: named
                return model(x)[torch.arange(len(x)), target]
            """,
    ),
    _leak(
        "in side effects that it has",
        source="""
            def target_scores(model, x, target):
                scores = model(x)[torch.arange(len(x)), target]
                if x.flatten()[0] > 0.8: x.add_(1e-3)
                if x.flatten()[1] > 0.8: model.train()
                if x.flatten()[2] > 0.8: torch.rand(1)
                return scores
            """,
    ),
    _leak(
        "in whether it is written",
        source="""
            def target_scores(model, x, target):
                if x.flatten()[0] > 0.5: raise NotImplementedError
                return torch.zeros(len(x))
            """,
    ),
    _leak(
        "in whether it is in time",
        source="""
            import time
            def target_scores(model, x, target):
                time.sleep(99 * (x.flatten()[0].item() > 0.5))
                return torch.zeros(len(x))
            """,
        endless=True,
    ),
    _leak(
        "in the name of a stub that it pretends to call",
        source="""
            def target_scores(model, x, target):
                name = ("guided_relu", "occlusion", "smoothgrad")[int(2.99 * x.flatten()[0])]
                code = compile(f"def {name}(): raise NotImplementedError", "<cell 3>", "exec")
                exec(code, globals())
                globals()[name]()
            """,
    ),
    _leak(
        "in a name that is missing",
        source="""
            def target_scores(model, x, target):
                raise NameError(f"name 'x{int(1e6 * x.flatten()[0])}' is not defined")
            """,
    ),
)
