"""The commit hooks: what pre-commit runs, and where it finds it."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
HOOKS = {
    hook["id"]: hook
    for repository in yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    for hook in repository["hooks"]
}


@pytest.mark.parametrize("path", ["README.md", "docs/pictures/00_start-1.jpeg", "coursekit/claims.py"])
def test_a_commit_of_what_notebooks_depend_on_checks_them(path: str) -> None:
    assert re.search(HOOKS["notebooks"]["files"], path)


@pytest.mark.parametrize("hook", HOOKS.values(), ids=HOOKS)
def test_a_commit_hook_needs_nothing_of_ours_and_the_same_versions(hook: dict) -> None:
    assert hook["language"] == "python"
    assert set(hook["additional_dependencies"]) <= {
        *PROJECT["dependencies"],
        *PROJECT["optional-dependencies"]["dev"],
    }
    assert hook["entry"].split()[0] in ("python", "ruff")


def test_the_notebooks_hook_gets_by_with_what_it_asks_for() -> None:
    program, flag, module, *arguments = HOOKS["notebooks"]["entry"].split()
    assert (program, flag, module) == ("python", "-m", "coursekit")
    there = {
        *HOOKS["notebooks"]["additional_dependencies"],
        "jupyter-client>=8",
        "packaging>=24",
        "rich>=13.9",
    }  # or brought along
    missing = {re.split("[><=]", line)[0] for line in {*PROJECT["dependencies"]} - there}
    code = (
        "import runpy, sys;"
        f"sys.modules |= dict.fromkeys({missing | {'sklearn', 'skimage'}!r});"
        f"sys.argv[1:] = {[*arguments, '04_saliency']!r};"
        "runpy.run_module('coursekit', run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    # A notebook may be stale: that is the hook's own message.
    assert done.returncode == 0 or "mend it with: coursekit build" in done.stderr, done.stderr


def test_the_commit_hooks_are_read() -> None:
    command = [sys.executable, "-m", "pre_commit", "validate-config", str(ROOT / ".pre-commit-config.yaml")]
    assert subprocess.run(command, check=False).returncode == 0
