// Moves what does not fit on a slide on to the next, before Reveal takes over. Everything is measured at the size
// of the design, 1280 × 800, to which Reveal scales the deck, so the outcome is the same on every screen.
const WIDTH = 1280, HEIGHT = 800, LARGEST = 1.7;

// Figures are drawn for a desk. Here they may grow, as far as a pixel's edge does not begin to show.
function enlarge(picture) {
  const width = Number(picture.dataset.width) || picture.naturalWidth;
  picture.style.width = `${width * LARGEST}px`;
  picture.style.height = "auto";
  picture.style.objectFit = "contain";
}

function narrow(formula) {
  const room = formula.closest(".block").clientWidth, width = formula.scrollWidth;
  if (width > room) formula.style.fontSize = `${(1.1 * room) / width}em`;
}

// A block that is too high for a slide of its own comes apart in two: code by lines, a list by items, a table by rows.
function halves(block) {
  const code = block.querySelector("pre"), holder = block.querySelector("ul, ol, tbody");
  if (code) return apart(block, code.innerHTML.replace(/\n$/, "").split("\n"), (copy, lines) => {
    copy.querySelector("pre").innerHTML = lines.join("\n");
  });
  if (holder) return apart(block, [...holder.children], (copy, items) => {
    copy.querySelector("ul, ol, tbody").replaceChildren(...items);
  });
  return [block];
}

function apart(block, pieces, fill) {
  if (pieces.length < 2) return [block];
  const middle = Math.ceil(pieces.length / 2);
  return [pieces.slice(0, middle), pieces.slice(middle)].map((some) => {
    const copy = block.cloneNode(true);
    fill(copy, some);
    return copy;
  });
}

const isHeading = (block) => /^H\d$/.test(block.firstElementChild?.tagName);
// "The same car, in other weather:" belongs to what comes after it, as a heading does.
const announces = (block) => block.matches(".block:has(> p)") && /:\s*$/.test(block.textContent);

function paginate(section) {
  const title = section.querySelector("h1, h2, h3")?.textContent ?? "";
  const queue = [...section.children], feet = new Map();
  let page = section;
  page.replaceChildren();
  while (queue.length) {
    const block = queue.shift();
    if (block.matches(":has(> details)")) {
      feet.set(page, [...(feet.get(page) ?? []), ...block.children]);
      continue;
    }
    page.append(block);
    if (page.scrollHeight <= HEIGHT) continue;
    block.remove();
    const pieces = page.querySelector(".block:not(:has(> h1, > h2, > h3))") ? [] : halves(block);
    if (pieces.length > 1) queue.unshift(...pieces);
    else if (pieces.length) page.append(block);
    else { queue.unshift(block); page = following(page, title, block); }
  }
  for (const [page, folded] of feet) page.append(foot(folded));
}

// What is folded away takes no room on the slide: it opens from a line below, and lies over the slide until it is
// closed. Space and Enter open it and do not turn the slide, Escape closes it.
function foot(folded) {
  const line = document.createElement("div");
  line.className = "foot";
  line.append(...folded);
  for (const details of folded) {
    details.name = "folded";
    details.lastElementChild.tabIndex = 0;
    details.addEventListener("keydown", (event) => {
      if (event.key === "Escape") details.open = false;
      if ([" ", "Enter", "Escape", "ArrowUp", "ArrowDown"].includes(event.key)) event.stopPropagation();
    });
  }
  return line;
}

// A new slide after this one, headed by what it goes on with. It takes along a heading that nothing would follow, and
// what announces the next block where both fit.
function following(page, title, next) {
  const fresh = document.createElement("section"), running = document.createElement("p");
  running.className = "running";
  running.textContent = title;
  fresh.append(running);
  page.after(fresh);
  const leads = last(page, (block) => isHeading(block) || announces(block));
  if (leads.length < page.querySelectorAll(".block").length) {
    fresh.append(...leads, next);
    const fits = fresh.scrollHeight <= HEIGHT;
    next.remove();
    if (!fits) page.append(...leads);
  }
  fresh.append(...last(page, isHeading));
  return fresh;
}

// The blocks at the end of a slide that are of a kind.
function last(page, isOfKind) {
  const blocks = [...page.querySelectorAll(".block")];
  return blocks.slice(blocks.findLastIndex((block) => !isOfKind(block)) + 1);
}

async function start() {
  const pictures = [...document.querySelectorAll(".slides img")];
  await Promise.all(pictures.map((picture) => picture.decode().catch(() => null)));
  pictures.forEach(enlarge);
  document.body.classList.add("measuring");
  document.querySelectorAll("math[display=block]").forEach(narrow);
  document.querySelectorAll(".slides > section > section").forEach(paginate);
  document.body.classList.remove("measuring");
  await Reveal.initialize({
    width: WIDTH, height: HEIGHT, margin: 0, center: false, hash: true, slideNumber: "c/t", transition: "none",
  });
}
start();
