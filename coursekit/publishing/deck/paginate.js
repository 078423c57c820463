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

function paginate(section) {
  const title = section.querySelector("h1, h2, h3")?.textContent ?? "";
  const queue = [...section.children];
  let page = section;
  page.replaceChildren();
  while (queue.length) {
    const block = queue.shift();
    page.append(block);
    if (page.scrollHeight <= HEIGHT) continue;
    block.remove();
    const pieces = page.querySelector(".block:not(:has(> h1, > h2, > h3))") ? [] : halves(block);
    if (pieces.length > 1) queue.unshift(...pieces);
    else if (pieces.length) page.append(block);
    else { queue.unshift(block); page = following(page, title); }
  }
}

// A new slide after this one, headed by what it goes on with; it takes a heading along that nothing would follow.
function following(page, title) {
  const fresh = document.createElement("section"), running = document.createElement("p");
  running.className = "running";
  running.textContent = title;
  fresh.append(running);
  if (isHeading(page.lastElementChild)) fresh.append(page.lastElementChild);
  page.after(fresh);
  return fresh;
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
