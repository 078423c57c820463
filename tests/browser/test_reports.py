"""The pages that a grader and a student open."""

import pytest

from coursekit.workshop.grading.class_report import report
from tests.browser.access import serious
from tests.workshop.grading.notebooks import ASSIGNMENT
from tests.workshop.grading.reports import out

__all__ = ["out"]

pytestmark = pytest.mark.sample


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_graders_page_opens_and_leads_to_the_students(out, open_page, dark):
    report(out)
    page = open_page((out / "pages" / f"{ASSIGNMENT}.html").as_uri(), dark=dark)
    assert "3 submissions" in page.locator("h1").inner_text()
    assert not serious(page)
    page.get_by_role("link", name="anna", exact=True).first.click()
    assert "anna" in page.locator("h1").inner_text()
    assert not serious(page)
