"""Several threads and one net: each gets what it would get alone, and the net comes back as it was."""

import copy
import gc
import pickle
import threading
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from functools import partial

import pytest
import torch
from torch import Tensor, nn

from coursekit import attribution
from coursekit.core import locks
from coursekit.core.hooks import evaluating, passing, record, rerouted
from coursekit.core.locks import holding
from coursekit.core.relus import relu_rule
from tests.attribution import methods, nets

THREADS, SECONDS, TARGET = 4, 60, 2
X = nets.images(2, dtype=torch.float64)
ANSWERS = {
    **{name: lambda model, f=method: f(model, X, TARGET) for name, method in methods.CLASSIFIER.items()},
    **{name: lambda model, f=method: f(model, X) for name, method in methods.METRICS.items()},
    "last_map": lambda model: attribution.last_map(model, X),
}


def new_net() -> nn.Module:
    """Return a net with a mode of its own for each layer, and a hook and a patch of its own."""
    model = nets.seeded(nets.InPlace, dtype=torch.float64).train()
    model.norm.eval()
    model.conv1.register_forward_hook(lambda *_: None)
    model.relu2.forward = model.relu2.forward
    return model


def state(model: nn.Module) -> list[object]:
    return [
        (name, layer.training, vars(layer).get("forward"), [*layer._forward_hooks, *layer._forward_pre_hooks])
        for name, layer in model.named_modules()
    ]


def in_threads(*works: Callable[[], object]) -> list[object]:
    """Return what each work returns, all begun together; a work that never ends is an error."""
    runs: list[Future] = [Future() for _ in works]
    start = threading.Barrier(len(works))

    def work_off(work: Callable[[], object], run: Future) -> None:
        start.wait(SECONDS)
        try:
            run.set_result(work())
        except Exception as error:
            run.set_exception(error)

    for work, run in zip(works, runs, strict=True):
        threading.Thread(target=work_off, args=(work, run), daemon=True).start()
    return [run.result(SECONDS) for run in runs]


def assert_same(ours: object, expected: object) -> None:
    torch.testing.assert_close(ours, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", ANSWERS)
def test_four_threads_get_what_one_gets(name):
    model = new_net()
    before, expected = state(model), ANSWERS[name](model)
    for ours in in_threads(*[lambda: [ANSWERS[name](model) for _ in range(3)]] * THREADS):
        for answer in ours:
            assert answer == expected if isinstance(answer, str) else assert_same(answer, expected) is None
    assert state(model) == before
    assert not locks._holders


def test_threads_of_all_methods_mixed_get_what_they_get_alone():
    model, names = new_net(), [name for name in ANSWERS if name != "last_map"]
    before, expected = state(model), {name: ANSWERS[name](model) for name in names}

    def some(first: int) -> dict[str, Tensor]:
        return {name: ANSWERS[name](model) for name in names[first:] + names[:first]}

    for ours in in_threads(*(partial(some, 5 * i) for i in range(THREADS))):
        assert_same(ours, expected)
    assert state(model) == before
    # What anybody puts through the net is nobody else's business.
    assert_same(ANSWERS["grad_cam"](copy.deepcopy(model)), expected["grad_cam"])


def doubled(_: str, output: Tensor) -> Tensor:
    return output * 2


CONTEXTS = {
    "record": lambda model: record(model, "conv1", "relu3"),
    "passing": lambda model: passing(model, doubled, "relu3"),
    "rerouted": lambda model: rerouted(model, lambda _, run: run() * 2),
    "relu_rule": lambda model: relu_rule(model, lambda gradient, _: gradient * 2),
    "evaluating": evaluating,
}


@pytest.mark.parametrize("name", CONTEXTS)
def test_another_thread_waits_for_the_context_to_end(name):
    model = new_net()
    before, order = state(model), []
    with CONTEXTS[name](model):
        changed = state(model)
        other = threading.Thread(
            target=lambda: order.append(("other", attribution.grad_cam(model, X, TARGET)))
        )
        other.start()
        other.join(0.05)
        assert state(model) == changed
        order.append(("this", attribution.saliency(model.eval(), X, TARGET)))  # which holds the net once more
        for layer in model.modules():
            layer.training = dict(zip(model.modules(), changed, strict=True))[layer][1]
    other.join(SECONDS)
    assert [who for who, _ in order] == ["this", "other"]
    assert_same(order[1][1], attribution.grad_cam(model, X, TARGET))
    assert state(model) == before


@pytest.mark.parametrize("name", [name for name in CONTEXTS if name != "evaluating"])
def test_what_another_thread_puts_through_flows_as_ever(name):
    model = new_net().eval()
    plain = model(X.clone())
    with CONTEXTS[name](model) as recorded:
        (scores,) = in_threads(lambda: model(X.clone()))
        assert_same(scores, plain)
        assert not recorded
        assert "_Relu" not in scores.grad_fn.next_functions[1][0].name()


def test_four_threads_record_what_they_put_through():
    model = new_net().eval()

    def look(i: int) -> list[Tensor]:
        found = []
        for _ in range(10):
            with record(model, "conv1", "head") as outputs:
                model(X * i / THREADS)
                found += [outputs["conv1"], outputs["head"]]
        return found

    for i, ours in enumerate(in_threads(*(partial(look, i) for i in range(THREADS)))):
        assert_same(ours, look(i))


def test_a_hook_does_not_act_in_a_later_thread_of_the_same_number():
    """The system gives the numbers of threads that have ended to new ones."""
    hooks: dict[int, Callable[[], str | None]] = {}

    def make() -> None:
        hooks[threading.get_ident()] = locks.here(lambda: "here", lambda: "elsewhere")

    def use(found: list[str | None]) -> None:
        if threading.get_ident() in hooks:
            found.append(hooks[threading.get_ident()]())

    def run(work: Callable[..., None], *args: list) -> None:
        thread = threading.Thread(target=work, args=args)
        thread.start()
        thread.join()

    found: list[str | None] = []
    for _ in range(20):
        run(make)
        run(use, found)
    if not found:
        pytest.skip("no number came twice")
    assert {*found} == {"elsewhere"}


class Wrapped(nn.Module):
    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, x: Tensor) -> Tensor:
        return self.model(x)


def test_nets_that_share_layers_wait_for_each_other():
    model = new_net()
    wrapped, before = Wrapped(model), state(model)
    expected = attribution.ablation_cam(model, X, TARGET)
    works = [lambda m=m: attribution.ablation_cam(m, X, TARGET) for m in (model, wrapped) * 2]
    assert_same(in_threads(*works), [expected] * 4)
    assert state(model) == before


def test_other_nets_need_not_wait():
    with record(new_net(), "conv1"):
        (heat,) = in_threads(lambda: attribution.grad_cam(new_net(), X, TARGET))
    assert heat.any()


def open_record(model: nn.Module) -> Iterator[int]:
    with record(model, "conv1"):
        yield 1
        attribution.grad_cam(model, X, TARGET)
        yield 2


def test_a_generator_that_stays_open_holds_up_only_others():
    model, turn = new_net(), open_record(new_net())
    before, mine = state(model), open_record(model)
    assert next(mine) == 1
    other = threading.Thread(target=lambda: attribution.grad_cam(model, X, TARGET), daemon=True)
    other.start()
    assert (next(turn), next(mine), next(turn)) == (1, 2, 2)  # two open at once, and a method inside each
    attribution.ablation_cam(model, X, TARGET)
    mine.close()
    other.join(SECONDS)
    assert not other.is_alive()
    turn.close()
    assert state(model) == before
    assert not locks._holders


def test_a_generator_may_be_closed_in_another_thread_than_it_was_begun_in():
    model, open_one = new_net(), []
    in_threads(lambda: open_one.append(open_record(model)) or next(open_one[0]))
    in_threads(open_one[0].close)
    assert in_threads(lambda: attribution.grad_cam(model, X, TARGET))[0].any()
    assert not locks._holders


def test_a_thread_that_ended_holds_nothing():
    model, open_one = new_net(), []
    thread = threading.Thread(target=lambda: open_one.append(open_record(model)) or next(open_one[0]))
    thread.start()
    thread.join()
    assert in_threads(lambda: attribution.saliency(model, X, TARGET))[0].any()
    open_one[0].close()
    assert not locks._holders


def test_an_error_lets_go():
    model = new_net()
    with pytest.raises(ValueError, match="target 99"):
        attribution.ablation_cam(model, X, 99)
    assert in_threads(lambda: attribution.grad_cam(model, X, TARGET))[0].any()


def test_nothing_of_it_is_in_the_net_nor_keeps_it_alive():
    model = nets.seeded(nets.Modular)
    with holding(model):
        pass
    attribution.ablation_cam(model, nets.images(), 1)
    again = pickle.loads(pickle.dumps(copy.deepcopy(model)))
    torch.testing.assert_close(again(nets.images()), model(nets.images()))
    alive = weakref.ref(model)
    del model
    gc.collect()
    assert alive() is None
