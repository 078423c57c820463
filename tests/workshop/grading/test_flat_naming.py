"""Whether a platform has named files is decided for all of them together."""

import pytest

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
    assert ({*found.examples}, found.users) == (forms, users)
    assert found.is_export == (Form.PEOPLE not in forms)


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
    assert {*decide_naming(names).examples} == {Form.PEOPLE}


def test_less_than_half_contradict_themselves_alone() -> None:
    found = decide_naming((*CANVAS, "doe_1_503_x.ipynb"))
    assert {*found.examples} == {Form.CANVAS}
    assert [source.name for source in found.contradicting] == [("1",)]


def test_a_name_in_doubt_is_no_witness() -> None:
    """Whoever is called Doe_1, or Roe_1, could otherwise make the other's names contradict themselves."""
    assert not decide_naming((*CANVAS, "doe_1_666_777_x.ipynb", "roe_1_666_778_x.ipynb")).contradicting
