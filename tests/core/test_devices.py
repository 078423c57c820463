"""The choice of device, and seeds."""

import random
import threading

import numpy as np
import pytest
import torch

from coursekit import attribution, confounding
from coursekit.confounding import trials
from coursekit.core.devices import describe, device, preserved_random_state, seed_everything, seeded
from coursekit.fairness import audits
from tests.gpu.pretended import pretending


def test_the_environment_overrides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSEKIT_DEVICE", "cpu")
    assert device() == torch.device("cpu")


@pytest.mark.parametrize(
    ("cuda", "mps", "expected"), [(True, True, "cuda"), (False, True, "mps"), (False, False, "cpu")]
)
def test_the_fastest_kind_there_is(
    cuda: bool, mps: bool, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COURSEKIT_DEVICE", raising=False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert device() == torch.device(expected)


@pytest.mark.parametrize("wrong", ["gpu", "cuda:7", "tpu"])
def test_a_device_that_is_not_there_is_named(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSEKIT_DEVICE", wrong)
    with pytest.raises(ValueError, match=f"{wrong}.*this machine has .*cpu"):
        device()


def test_a_seed_fixes_every_source_of_chance() -> None:
    def drawn() -> tuple:
        return random.random(), np.random.rand(), torch.rand(1).item()  # noqa: NPY002

    try:
        seed_everything(3)
        first = drawn()
        seed_everything(3)
        assert drawn() == first
        seed_everything(4)
        assert drawn() != first
    finally:
        torch.use_deterministic_algorithms(False)


def test_describe_says_what_a_bug_report_needs() -> None:
    assert {"device", "threads", "python", "torch", "torchvision"} == describe().keys()


def test_no_name_of_the_package_is_hidden_by_a_module() -> None:
    """``ck.device`` is the function however the package was imported: a module of that name would
    shadow it."""
    import pkgutil
    from types import ModuleType

    import coursekit

    modules = {module.name for module in pkgutil.iter_modules(coursekit.__path__)}
    assert not modules & set(coursekit.__all__)
    for name in coursekit.__all__:
        assert not isinstance(getattr(coursekit, name), ModuleType), name


def test_a_seed_gives_the_same_nets_pictures_and_maps_on_any_device(monkeypatch: pytest.MonkeyPatch) -> None:
    def made(device: str) -> list[torch.Tensor]:
        monkeypatch.setenv("COURSEKIT_DEVICE", device)
        nets = [trials.quick_net(("a", "b"), seed=3), trials.place_net(("a", "b"), size=8, seed=3)]
        nets += [
            audits.train_small_net(
                torch.rand(8, 3, 32, 32, generator=torch.Generator()), torch.arange(8) % 2, "ab", 1
            )
        ]
        pictures = [trials.tanks(2, seed=1).images, trials.tagged(2, seed=1).images]
        kept = [weight for net in nets for weight in net.parameters()] + pictures
        assert {tensor.device.type for tensor in kept} == {device}
        forgot = attribution.randomisation(nets[0], pictures[0], attribution.saliency, 0)
        return [tensor.cpu() for tensor in (*kept, *forgot.values())]

    wanted = made("cpu")
    with pretending():
        torch.testing.assert_close(made("cuda"), wanted, atol=1e-4, rtol=1e-4)


def test_a_seed_leaves_the_random_state_of_all_devices_alone() -> None:
    with pretending():
        states = torch.get_rng_state(), torch.cuda.get_rng_state()
        with seeded(7):
            first = torch.rand(3)
        torch.manual_seed(7)
        assert torch.rand(3).equal(first)
        torch.set_rng_state(states[0])
        torch.cuda.set_rng_state(states[1])
        confounding.DomainAdversarialNet(trials.quick_net(("a", "b")), 2)
        assert torch.get_rng_state().equal(states[0])
        assert torch.cuda.get_rng_state().equal(states[1])


def test_what_is_drawn_from_a_seed_is_not_disturbed_by_another_thread() -> None:
    inside, leave = threading.Event(), threading.Event()

    def elsewhere() -> None:
        with preserved_random_state(torch.device("cpu")):
            inside.set()
            leave.wait(60)

    other = threading.Thread(target=elsewhere)
    other.start()
    inside.wait(60)
    with seeded(7):
        leave.set()
        other.join(0.2)  # it waits to put the random state back
        found = torch.rand(3)
    other.join(60)
    assert found.equal(torch.rand(3, generator=torch.Generator().manual_seed(7)))


def test_predictions_come_back_to_where_the_images_are() -> None:
    with pretending():
        net = trials.quick_net(("a", "b")).to("cuda")
        x = torch.rand(3, 3, 32, 32)
        assert not audits.predict(net, x).is_cuda
        assert audits.predict(net, x.to("cuda")).is_cuda
