"""Every bit of the key counts, each case has its own generator, and torch keeps its state as expected."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

import coursekit.exercises
from coursekit.exercises import CHAPTERS, Case, Exercise, Net, find
from coursekit.exercises import draws as module
from coursekit.exercises.draws import generator

EXERCISES = [pytest.param(exercise, id=exercise.name) for chapter in CHAPTERS for exercise in find(chapter)]
KEY = bytes(range(32))


def drawn(key: int | bytes, *names: str) -> list[float]:
    return torch.rand(4, generator=generator(key, *names)).tolist()


def test_numbers_are_those_of_a_twister_with_these_words() -> None:
    """NumPy's twister, given the same 624 words."""
    source = generator(KEY, "a case")
    twister = np.random.MT19937()
    words = source.get_state().numpy()[24 : 24 + 8 * 624].view(np.uint64).astype(np.uint32)
    twister.state = {"bit_generator": "MT19937", "state": {"key": words, "pos": 624}}
    wanted = (twister.random_raw(2000) & (2**24 - 1)) / 2**24
    assert torch.rand(2000, generator=source).tolist() == wanted.tolist()
    assert len(set(words.tolist())) == 624


def test_public_numbers_are_the_same_on_every_machine() -> None:
    assert drawn(0, "smoothgrad", "one image") == PUBLIC


PUBLIC = [0.6161321401596069, 0.15298831462860107, 0.11575841903686523, 0.5507997870445251]


@pytest.mark.parametrize("place", range(32))
def test_every_byte_of_a_key_counts(place: int) -> None:
    other = KEY[:place] + bytes([KEY[place] ^ 1]) + KEY[place + 1 :]
    assert not {*drawn(KEY)} & {*drawn(other)}
    assert not {*drawn(KEY)} & {*drawn(KEY + b"\0")}


def test_every_bit_of_a_number_counts() -> None:
    numbers = [0, *(2**i for i in range(100)), -1]
    assert len({tuple(drawn(number)) for number in numbers}) == len(numbers)


def test_names_are_not_run_together() -> None:
    names = [(), ("",), ("", ""), ("a", "b"), ("ab",), ("b", "a"), ("a", "", "b")]
    assert len({tuple(drawn(KEY, *each)) for each in names}) == len(names)
    assert drawn(int.from_bytes(KEY)) != drawn(KEY)


def test_a_search_over_short_seeds_finds_nothing() -> None:
    """Of the old kind: 16 bits here, of 32 that there were."""
    wanted = {number for name in ("one image", "a tall image") for number in drawn(KEY, "smoothgrad", name)}
    short = torch.Generator()
    firsts = [torch.rand(1, generator=short.manual_seed(seed)).item() for seed in range(2**16)]
    # By chance a number of 24 bits is found now and then; not two in a row.
    for seed in (seed for seed, first in enumerate(firsts) if first in wanted):
        assert torch.rand(2, generator=short.manual_seed(seed))[1].item() not in wanted


@pytest.mark.parametrize("key", [b"", b"x" * 31])
def test_a_short_secret_is_refused(key: bytes) -> None:
    with pytest.raises(ValueError, match=f"at least 32 bytes, got {len(key)}"):
        generator(key)


def test_another_kind_of_key_is_refused() -> None:
    with pytest.raises(TypeError, match="a number or bytes, got str"):
        generator("x" * 32)  # type: ignore[arg-type]


@pytest.mark.parametrize("change", [lambda s: s[:-8], lambda s: s.flip(0), lambda s: s.roll(4)])
def test_another_layout_of_torchs_state_is_said(change, monkeypatch) -> None:
    class Other(torch.Generator):
        def get_state(self) -> Tensor:
            return change(super().get_state())

    module._seeded_state.cache_clear()
    monkeypatch.setattr(torch, "Generator", Other)
    with pytest.raises(RuntimeError, match=r"in another way than CPUGeneratorImplStateLegacy .*draws\.py"):
        generator(0)


def test_no_exercise_seeds_a_generator_itself() -> None:
    folder = Path(coursekit.exercises.__file__).parent
    users = [
        p.name
        for p in folder.rglob("*.py")
        if re.search(r"\bmanual_seed\(|torch\.Generator\(", p.read_text())
    ]
    assert users == ["draws.py"]


@pytest.mark.parametrize("exercise", EXERCISES)
def test_each_case_has_a_generator_of_its_own(exercise: Exercise) -> None:
    asked = []
    cases = exercise.draw(lambda name: asked.append(name) or generator(KEY, name))
    assert len(asked) == len({*asked}) == len(cases) == len({case.name for case in cases})
    for case in cases:
        assert any(case.name.startswith(name) for name in asked)


@pytest.mark.parametrize("exercise", EXERCISES)
def test_no_two_cases_share_a_draw(exercise: Exercise) -> None:
    numbers = [_numbers(case) for case in exercise.cases(KEY)]
    for i, some in enumerate(numbers):
        for others in numbers[:i]:
            assert len(some & others) <= 0.02 * len(some | others)


def _numbers(case: Case) -> set[float]:
    """All that is drawn of a case and is no round number."""
    values = [value.double().flatten().tolist() for value in case.arguments.values() if _is_real(value)]
    return {number for value in values for number in value if 8 * number != round(8 * number)} | {
        float(value.seed) for value in case.arguments.values() if isinstance(value, Net)
    }


def _is_real(value: object) -> bool:
    return isinstance(value, Tensor) and value.is_floating_point()


@pytest.mark.parametrize("exercise", EXERCISES)
@pytest.mark.parametrize("place", [4, 7, 31])
def test_keys_that_begin_alike_give_other_cases(exercise: Exercise, place: int) -> None:
    other = KEY[:place] + bytes(byte ^ 255 for byte in KEY[place:])
    changed, whole = set(), set()
    for one, two in zip(exercise.cases(KEY), exercise.cases(other), strict=True):
        for name, value in one.arguments.items():
            if isinstance(value, Net):
                assert value.seed != two.arguments[name].seed
            elif _is_real(value):
                assert not torch.equal(value, two.arguments[name]), (one.name, name)
            elif isinstance(value, Tensor):
                whole.add(name)
                changed |= {name} - ({name} if torch.equal(value, two.arguments[name]) else set())
    # One class of five may be the same in one case by chance: not in all.
    assert changed == whole


def test_a_nets_seed_has_63_bits() -> None:
    seeds = [Net.drawn("linear", generator(i)).seed for i in range(200)]
    assert 2**62 < max(seeds) < 2**63
    assert len({seed % 2**32 for seed in seeds}) == len({seed >> 31 for seed in seeds}) == 200


@pytest.mark.parametrize("bit", [0, 31, 32, 40, 62])
def test_every_bit_of_a_nets_seed_counts(bit: int) -> None:
    one, other = (Net("linear", seed).build().weight for seed in (5, 5 ^ 2**bit))
    assert not torch.isin(one, other).any()
