import pytest

from tests.gpu.pretended import pretending


@pytest.fixture(autouse=True)
def _on_it():
    """Each test here runs on the pretended GPU."""
    with pretending():
        yield
