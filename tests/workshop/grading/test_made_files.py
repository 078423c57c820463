"""Files that the sandbox has in place of the machine's own."""

import os
import sys
from pathlib import Path

from coursekit.workshop.grading.made_files import made_files
from tests.workshop.grading.notebooks import probe


def test_how_python_was_built_tells_the_folder_of_the_sandbox() -> None:
    library = Path(os.__file__).parent
    (own,) = library.glob("_sysconfigdata*.py")
    made = made_files(Path("/python"))[Path("/python/lib", library.name, own.name)]
    assert sys.base_prefix in own.read_text() or Path("/usr") == Path(sys.base_prefix)
    assert sys.base_prefix not in made.read_text()
    assert "/python" in made.read_text()


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
