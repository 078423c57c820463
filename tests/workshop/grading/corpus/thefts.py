"""Submissions that let somebody else's code answer: the references, or those of other libraries."""

from functools import partial

from tests.workshop.grading.corpus.attack import Attack, Guard

__all__ = ["THEFTS"]

_theft = partial(Attack, guard=Guard.HIDDEN, answers="target_scores")
_saliency = partial(Attack, guard=Guard.HIDDEN, answers="gradient_saliency")

THEFTS = (
    _theft(
        "the reference, from its declaration",
        source="""
            def target_scores(model, x, target):
                from coursekit.exercises.saliency.target_scores import TARGET_SCORES
                return TARGET_SCORES.reference(model, x, target)
            """,
    ),
    _theft(
        "the reference, by the name that a check knows",
        source="""
            def target_scores(model, x, target):
                from coursekit.exercises import lookup
                return lookup("target_scores").reference(model, x, target)
            """,
    ),
    _theft(
        "the reference, when who says no has been sent away",
        source="""
            import importlib, sys
            sys.meta_path[:] = [finder for finder in sys.meta_path if "Hidden" not in type(finder).__name__]
            importlib.invalidate_caches()
            def target_scores(model, x, target):
                cases = importlib.import_module("coursekit.exercises.saliency.cases")
                return cases.score(model, x, target)
            """,
    ),
    _theft(
        "the reference's source",
        source="""
            import pathlib, coursekit
            folder = pathlib.Path(coursekit.__file__).parent / "exercises/saliency"
            exec((folder / "cases.py").read_text())
            def target_scores(model, x, target): return score(model, x, target)
            """,
    ),
    _theft(
        "the reference, compiled",
        guard=Guard.UNSHOWN,  # whether there is such a file depends on what ran before
        source="""
            import marshal, pathlib, coursekit
            folder = pathlib.Path(coursekit.__file__).parent / "exercises/saliency/__pycache__"
            (file, *_) = folder.glob("cases.cpython*.pyc")
            exec(marshal.loads(file.read_bytes()[16:]))
            def target_scores(model, x, target): return score(model, x, target)
            """,
    ),
    _saliency(
        "the package's method",
        source="""
            def gradient_saliency(model, x, target):
                from coursekit.attribution import saliency
                return saliency(model, x, target).abs().amax(1)
            """,
    ),
    _saliency(
        "captum's method",
        guard=Guard.NOT_ALLOWED,
        source="""
            def gradient_saliency(model, x, target):
                from captum.attr import Saliency
                return Saliency(model).attribute(x.clone().requires_grad_(), target).detach().amax(1)
            """,
    ),
    _saliency(
        "zennit's method",
        guard=Guard.NOT_ALLOWED,
        source="""
            def gradient_saliency(model, x, target):
                from zennit.attribution import Gradient
                wanted = torch.eye(5)[target]
                return Gradient(model)(x, wanted)[1].abs().amax(1)
            """,
    ),
    _saliency(
        "foolbox's gradient",
        guard=Guard.NOT_ALLOWED,
        source="""
            def gradient_saliency(model, x, target):
                from foolbox import PyTorchModel
                from foolbox.attacks.gradient_descent_base import BaseGradientDescent
                import eagerpy
                x = eagerpy.astensor(x)
                def loss(x): return eagerpy.astensor(model(x.raw)[range(len(x)), target]).sum()
                return eagerpy.value_and_grad(loss, x)[1].raw.abs().amax(1)
            """,
    ),
    Attack(
        "pytorch-grad-cam's guided backpropagation",
        guard=Guard.NOT_ALLOWED,
        answers="guided_backprop",
        source="""
            def guided_backprop(model, x, target):
                from pytorch_grad_cam import GuidedBackpropReLUModel
                model = GuidedBackpropReLUModel(model.requires_grad_(), "cpu")
                rows = [torch.as_tensor(model(x[i : i + 1], int(target[i]))) for i in range(len(x))]
                return torch.stack(rows).reshape(len(x), *x.shape[2:], 3).movedim(3, 1).float()
            """,
    ),
    _saliency(
        "a peer that lies in another folder",
        guard=Guard.NOT_ALLOWED,
        source="""
            import pathlib, sys
            folders = ("/usr/lib/python3", "/usr/local/lib", "/opt", sys.base_prefix, sys.prefix)
            for folder in folders:
                sys.path += {str(path.parent.parent) for path in pathlib.Path(folder).rglob("captum/attr")}
            def gradient_saliency(model, x, target):
                from captum.attr import Saliency
                return Saliency(model).attribute(x.clone().requires_grad_(), target).detach().amax(1)
            """,
    ),
    _saliency(
        "a peer from a wheel that Python brings along",
        guard=Guard.UNSHOWN,
        source="""
            import ensurepip
            ensurepip.bootstrap(root="pip")
            def gradient_saliency(model, x, target): return None
            """,
    ),
)
