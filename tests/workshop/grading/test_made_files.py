"""Files that the sandbox has in place of the machine's own."""

import os
import sys
import sysconfig
from pathlib import Path

from coursekit.workshop.grading.made_files import made_files
from tests.workshop.grading.notebooks import probe


def test_all_that_is_shown_is_there_and_nothing_is_made_anew(tmp_path: Path, monkeypatch) -> None:
    """A temporary file would stay behind where a grader is killed."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    found = made_files(Path("/python"))
    assert len(found) == 4
    assert all(source.is_file() for source in found.values())
    assert list(tmp_path.iterdir()) == []


def test_no_text_of_pythons_library_tells_where_it_lies() -> None:
    if Path("/usr") == Path(sys.base_prefix).resolve():
        return  # where every system's lies
    found = probe(f"""
        import os, sysconfig
        words = [part.encode() for part in {sorted({sys.base_prefix, os.path.realpath(sys.base_prefix)})!r}]
        library = os.path.dirname(os.__file__)
        files = [os.path.join(folder, name) for folder, _, names in os.walk(library) for name in names]
        files = [file for file in files if not file.endswith((".pyc", ".so", ".a"))]
        told = [file for file in files if any(word in open(file, "rb").read() for word in words)]
        values = sysconfig.get_config_vars().items()
        told += [name for name, value in values if words[0] in str(value).encode()]
        tell(told, len(files) > 500)
        """)
    assert found == "([], True)"


def test_what_packages_ask_of_how_python_was_built_is_told() -> None:
    found = probe("""
        import sysconfig
        names = ("prefix", "EXT_SUFFIX", "Py_DEBUG", "EXE", "MULTIARCH")
        known = [*map(sysconfig.get_config_var, names)]
        tell(*known, sysconfig.get_paths()["stdlib"].startswith(known[0]), sysconfig.get_platform()[:5])
        """)
    told = [sysconfig.get_config_var(name) for name in ("EXT_SUFFIX", "Py_DEBUG", "EXE", "MULTIARCH")]
    prefix = "/usr" if Path("/usr") == Path(sys.base_prefix).resolve() else "/python"
    assert found == repr((prefix, *told, True, "linux"))
