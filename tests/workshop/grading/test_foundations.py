"""What an exercise builds on."""

from coursekit.workshop.grading.foundations import foundations

ORDER = ("score", "gradient", "noise", "mean")


def test_what_is_called_by_what_is_called_counts() -> None:
    sources = {
        "mean": ["def mean(x): return noise(x)"],
        "noise": ["gradient(x) + gradients"],
        "score": ["mean"],
    }
    assert foundations("mean", ORDER, sources) == ["gradient", "noise"]


def test_later_exercises_do_not_count() -> None:
    assert foundations("gradient", ORDER, {"gradient": ["mean(score(noise))"], "score": ["mean"]}) == [
        "score"
    ]


def test_an_exercise_without_code_builds_on_nothing() -> None:
    assert foundations("mean", ORDER, {}) == []


def test_words_in_comments_and_texts_do_not_count() -> None:
    source = "'''gradient'''\n# score\n\"noise\""
    assert foundations("mean", ORDER, {"mean": [source]}) == []


def test_a_cell_that_is_no_python_builds_on_nothing() -> None:
    assert foundations("mean", ORDER, {"mean": ["score ((", "gradient(1)"]}) == ["gradient"]
