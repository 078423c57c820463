"""Slides in a file: each fits, is legible, and can be reached by the keyboard."""

import pytest

from coursekit.workshop.building.chapter import chapters
from coursekit.workshop.publishing.slides import build_slides
from tests.browser.access import serious

SAMPLE = "00_start"
CHAPTERS = [
    pytest.param(chapter.name, marks=[pytest.mark.sample] if chapter.name == SAMPLE else [])
    for chapter in chapters()
    if chapter.kind == "notebooks"
]

# Each slide is shown for as long as it is measured.
MEASURE = """() => [...document.querySelectorAll('.slides > section > section')].map(slide => {
  const before = [slide, slide.parentElement].map(part => part.style.display);
  slide.style.display = slide.parentElement.style.display = 'block';
  const smallest = (parts) => Math.min(99, ...[...slide.querySelectorAll(parts)].map(
    part => parseFloat(getComputedStyle(part).fontSize)));
  const found = {
    title: slide.innerText.slice(0, 40), over: slide.scrollHeight - slide.clientHeight,
    wide: slide.scrollWidth - slide.clientWidth,
    type: smallest('p, li, td, h1, h2, h3'), code: smallest('pre'),
    empty: ![...slide.children].some(child => child.className === 'block' && child.offsetHeight > 0),
  };
  [slide, slide.parentElement].forEach((part, i) => { part.style.display = before[i]; });
  return found;
})"""


@pytest.fixture
def deck(tmp_path, open_page):
    def to_open(name, **options):
        (path,) = build_slides([name], tmp_path)
        page = open_page(path.as_uri(), **options)
        page.wait_for_function("window.Reveal?.isReady()")
        return page

    return to_open


@pytest.mark.parametrize("name", CHAPTERS)
def test_no_slide_overflows_and_all_type_is_large(deck, name):
    page = deck(name, size=(1024, 768))
    slides = page.evaluate(MEASURE)
    scale = page.evaluate("Reveal.getScale()")
    assert len(slides) > 8
    assert not [slide for slide in slides if slide["over"] > 0 or slide["wide"] > 0 or slide["empty"]]
    assert min(slide["type"] for slide in slides) * scale >= 20
    assert min(slide["code"] for slide in slides) * scale >= 17.5


@pytest.mark.sample
def test_a_sentence_that_announces_a_picture_is_on_its_slide(deck):
    ends = deck("00_start").evaluate(
        "[...document.querySelectorAll('.slides > section > section')].map(slide => slide.textContent.trim())"
    )
    assert any("The same car, in other weather:" in end for end in ends)
    assert not [end[-60:] for end in ends if end.endswith(":")]


@pytest.mark.sample
def test_the_keyboard_steps_through_all_slides(deck):
    page = deck("00_start")
    count = page.evaluate("Reveal.getTotalSlides()")
    seen = set()
    for _ in range(count):
        seen.add(page.evaluate("location.hash + Reveal.getSlidePastCount()"))
        page.keyboard.press("Space")
    assert len(seen) == count
    assert page.evaluate("Reveal.isLastSlide()")


@pytest.mark.sample
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_nobody_is_shut_out(deck, dark):
    assert not serious(deck("05_gradcam", dark=dark))
