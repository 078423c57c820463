"""Which tests are in which tier, and what a tier says that it did not run.

`make quick` runs what has none of the marks, `make test` all but what is only for `make test-browser`.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

__all__ = [
    "pytest_collection_modifyitems",
    "pytest_configure",
    "pytest_deselected",
    "pytest_sessionfinish",
    "pytest_terminal_summary",
    "pytest_testnodedown",
]

HERE = Path(__file__).parent
# A test that asks for the fixture has the mark.
BY_FIXTURE = {"browser": "browser", "nbval": "notebook", "built_once": "notebook"}
# Files and folders that take more than some five seconds of a processor, or that start many processes.
SLOW = (
    "attacks/test_robustness.py",
    "attribution/lrp/test_lrp.py",
    "attribution/lrp/test_lrp_rules.py",
    "attribution/test_cam_peers.py",
    "attribution/test_peers.py",
    "exercises",
    "filters/test_receptive.py",
    "models/test_checkpoints.py",
    "plots/test_net_diagram.py",
    "synthesis/test_style.py",
    "test_names.py",
    "test_setup.py",
    "test_tiers.py",
    "test_wheel.py",
    "workshop/building/test_embedded.py",
    "workshop/publishing/test_site.py",
    "workshop/test_gallery.py",
    "workshop/tables/test_localisation.py",
    "zoo",
)
TARGETS = {"browser": "test-browser", "sandbox": "test", "notebook": "test", "slow": "test", "other": "test"}
# Files that only their own command collects.
APART = {"device_*.py": "test-device", "gpu_*.py": "test-gpu"}
_LEFT_OUT = pytest.StashKey[Counter[str]]()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Mark what a fixture or a file makes a member of a tier, before pytest chooses by `-m`."""
    for item in items:
        for fixture in BY_FIXTURE.keys() & set(getattr(item, "fixturenames", ())):
            item.add_marker(BY_FIXTURE[fixture])
        if any(item.path.is_relative_to(HERE / name) for name in SLOW):
            item.add_marker("slow")


def pytest_configure(config: pytest.Config) -> None:
    """Begin to count."""
    config.stash[_LEFT_OUT] = Counter()


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    """Count what this process leaves out, each test by the first of its marks."""
    for item in items:
        mark = next((name for name in TARGETS if item.get_closest_marker(name)), "other")
        item.config.stash[_LEFT_OUT][mark] += 1


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tell the process that starts the others, which itself collects nothing."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left out"] = dict(session.config.stash[_LEFT_OUT])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Hear it; all others leave out the same."""
    # A process that crashed has said nothing.
    if left_out := getattr(node, "workeroutput", {}).get("left out"):
        node.config.stash[_LEFT_OUT] = Counter(left_out)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say what was not run, and which command runs it."""
    left_out = sorted(config.stash[_LEFT_OUT].items())
    lines = [f"{mark}: {count}, which make {TARGETS[mark]} runs" for mark, count in left_out]
    if config.args_source is pytest.Config.ArgsSource.TESTPATHS:
        lines += [f"tests/gpu/{files}, which make {target} runs" for files, target in APART.items()]
    missing = Counter(
        report.longrepr[2].removeprefix("Skipped: ")
        for report in terminalreporter.stats.get("skipped", [])
        if {"browser", "sandbox"} & report.keywords.keys()
    )
    lines += [f"{count}, since: {why}" for why, count in sorted(missing.items())]
    if lines:
        terminalreporter.section("not run")
        terminalreporter.line("\n".join(lines))
