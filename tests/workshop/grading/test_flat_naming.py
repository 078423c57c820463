"""Whether a platform has named files is decided for all of them together."""

import pytest

from coursekit.workshop.grading.export_name import parse_export
from coursekit.workshop.grading.flat_naming import Form, decide_naming

CANVAS = ("doe_1_500_x.ipynb", "lee_2_501_x.ipynb", "poe_3_502_y.ipynb")


@pytest.mark.parametrize(
    ("names", "forms", "users"),
    [
        ((), {Form.PEOPLE}, 0),
        (("anna_04_saliency.ipynb",), {Form.PEOPLE}, 0),
        (CANVAS, {Form.CANVAS}, 3),
        ((*CANVAS, "doe_1_503_z.ipynb"), {Form.CANVAS}, 3),
        (("Jane_1_assignsubmission_file_x.ipynb", "Kim_2_assignsubmission_file_x.ipynb"), {Form.MOODLE}, 2),
        ((*CANVAS, "anna_04_saliency.ipynb"), {Form.CANVAS, Form.PEOPLE}, 3),
        ((*CANVAS, "Jane_9_assignsubmission_file_x.ipynb"), {Form.CANVAS, Form.MOODLE}, 4),
        (("ws_2026_101_x.ipynb", "ws_2026_102_x.ipynb", "anna_x.ipynb"), {Form.PEOPLE}, 0),
    ],
)
def test_all_names_decide(names: tuple[str, ...], forms: set[Form], users: int) -> None:
    found = decide_naming(names)
    assert ({*found.names}, found.users) == (forms, users)
    assert found.is_export == (forms in ({Form.CANVAS}, {Form.MOODLE}) or len(forms) > 1)


@pytest.mark.parametrize(
    "names",
    [
        ("ws_2026_101_x.ipynb", "ws_2026_102_x.ipynb"),
        ("ws_2026_101_x.ipynb", "ss_2026_102_x.ipynb"),
        ("ws_2026_101_x.ipynb", "ws_2026_101_y.ipynb"),
        ("ws_2025_101_x.ipynb", "ws_2026_101_y.ipynb"),
    ],
)
def test_what_contradicts_itself_is_peoples(names: tuple[str, ...]) -> None:
    assert {*decide_naming(names).names} == {Form.PEOPLE}


def test_less_than_half_contradict_themselves_alone() -> None:
    found = decide_naming((*CANVAS, "doe_1_503_x.ipynb"))
    assert {*found.names} == {Form.CANVAS}
    assert [source.name for source in found.contradicting] == [("1",)]


def test_a_name_in_doubt_is_no_witness() -> None:
    """Whoever is called Doe_1, or Roe_1, could otherwise make the other's names contradict themselves."""
    assert not decide_naming((*CANVAS, "doe_1_666_777_x.ipynb", "roe_1_666_778_x.ipynb")).contradicting


PEOPLE = ("anna_04_saliency.ipynb", "bob_04_saliency.ipynb")


@pytest.mark.parametrize(
    ("names", "form", "odd"),
    [
        ((*PEOPLE, CANVAS[0]), Form.PEOPLE, {CANVAS[0]}),
        ((*CANVAS, PEOPLE[0]), Form.CANVAS, {PEOPLE[0]}),
        ((*CANVAS, *PEOPLE), None, set()),
        ((PEOPLE[0], CANVAS[0]), None, set()),
        (PEOPLE, Form.PEOPLE, set()),
    ],
)
def test_a_few_names_of_another_form_are_odd(
    names: tuple[str, ...], form: Form | None, odd: set[str]
) -> None:
    found = decide_naming(names)
    assert (found.form, found.odd) == (form, odd)


@pytest.mark.parametrize(
    ("names", "in_doubt"),
    [
        (("doe_1_67890_2026_x.ipynb", "lee_2_67891_x.ipynb"), False),
        (("doe_1_67890_2026_x.ipynb", "lee_2_67891_2026_x.ipynb"), False),
        (("doe_1_67890_2026_x.ipynb",), True),
        (("doe_1_67890_1826_x.ipynb", "lee_2_67891_x.ipynb"), True),
        (("doe_1_67890_2026_3_444_x.ipynb", "lee_2_67891_x.ipynb"), True),
        (("doe_1_2020_2026_x.ipynb", "lee_2_2021_x.ipynb"), True),
        (("doe_1_67890_2026_x.ipynb", "lee_2_2021_x.ipynb", "poe_3_2022_x.ipynb"), True),
    ],
)
def test_a_year_is_no_files_number_in_a_large_canvas(names: tuple[str, ...], in_doubt: bool) -> None:
    """Who is called Doe_1, and has number 67890, has handed in a file of a number as large as all have."""
    export = parse_export(names[0])
    assert export
    assert decide_naming(names).is_in_doubt(export) == in_doubt
