import pytest

from coursekit.widgets import cam, dream, microscope, patch, relevance


@pytest.fixture
def explored(monkeypatch):
    """What ``explore`` was called with: (draw, keywords)."""
    calls = []
    for module in (cam, dream, microscope, patch, relevance):
        monkeypatch.setattr(module, "explore", lambda draw, **rest: calls.append((draw, rest)))
    return calls
