"use strict";
// The report's data stands in JSON blocks; everything of it is put in as text, never as markup.
(() => {
  const byId = (id) => document.getElementById(id);
  const report = JSON.parse(byId("report").textContent);
  const families = report.families;
  const order = report.order;
  const CHUNK = 80;
  // How many blocks are drawn before the page is first shown.
  const FIRST = 20 * CHUNK;
  const MOST_ROWS = 500;
  const LONGEST = 8000;
  // What a block is worth on the map beside its letters: a one-word block is a line, too.
  const LINE = 40;

  const make = (tag, look, text) => {
    const element = document.createElement(tag);
    if (look) element.className = look;
    if (text !== undefined) element.textContent = text;
    return element;
  };
  const number = (value) => value.toLocaleString("en");
  const percent = (part, whole) => (whole ? `${((100 * part) / whole).toFixed(part && part / whole < 0.1 ? 1 : 0)}%` : "–");
  const sum = (words, cut) => `${number(words)} words, ${number(cut)} removed (${percent(cut, words)})`;

  const bar = (part, whole) => {
    const outer = make("span", "bar");
    const inner = make("span");
    inner.style.width = `${whole ? (100 * part) / whole : 0}%`;
    outer.append(inner);
    return outer;
  };

  // ---- the index of pages ----

  let sorting = { by: "share", down: true };
  const share = (page) => (page.words ? page.cut / page.words : 0);
  const worth = { share, cut: (page) => page.cut, words: (page) => page.words, name: (page) => page.name };

  function drawIndex() {
    const words = report.pages.reduce((all, page) => all + page.words, 0);
    const cut = report.pages.reduce((all, page) => all + page.cut, 0);
    byId("index-sum").textContent = `${number(report.pages.length)} pages, ${sum(words, cut)}`;
    const totals = families.map(() => 0);
    for (const page of report.pages) for (const [family, count] of page.families) totals[family] += count;
    const most = Math.max(1, ...totals);
    byId("index-families").replaceChildren(...order.filter((family) => totals[family]).map((family) => {
      const row = make("div", `row f${family}`);
      row.append(make("span", "name", families[family].name), make("span", "words", `${number(totals[family])} words`), bar(totals[family], most));
      return row;
    }));
    drawRows();
  }

  function drawRows() {
    const wanted = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = (page) => wanted.every((word) => `${page.name} ${page.title}`.toLowerCase().includes(word));
    const of = worth[sorting.by];
    const found = report.pages.filter(fits).sort((a, b) => {
      const [x, y] = [of(a), of(b)];
      return (x < y ? -1 : x > y ? 1 : 0) * (sorting.down ? -1 : 1) || a.number - b.number;
    });
    byId("rows").replaceChildren(...found.slice(0, MOST_ROWS).map(indexRow));
    const more = found.length - MOST_ROWS;
    byId("found").textContent = more > 0 ? `${number(found.length)} pages, the first ${MOST_ROWS} shown: search for the others` : `${number(found.length)} pages`;
    for (const button of document.querySelectorAll("[data-sort]")) {
      const cell = button.parentElement;
      if (button.dataset.sort === sorting.by) cell.setAttribute("aria-sort", sorting.down ? "descending" : "ascending");
      else cell.removeAttribute("aria-sort");
    }
  }

  function indexRow(page) {
    const row = make("tr");
    const name = make("td");
    const link = make("a", "", page.name);
    link.href = `#page=${page.number}`;
    name.append(link);
    if (page.title) {
      const title = make("small", "", page.title);
      title.dir = "auto";
      name.append(title);
    }
    const removed = make("td", "removed", percent(page.cut, page.words));
    const stack = make("span", "stack");
    for (const family of order) {
      const part = page.families.find(([other]) => other === family);
      if (!part) continue;
      const piece = make("span", `f${family}`);
      piece.style.width = `${(100 * part[1]) / Math.max(1, page.words)}%`;
      piece.title = `${families[family].name}: ${number(part[1])} words`;
      stack.append(piece);
    }
    removed.append(stack);
    row.append(name, removed, make("td", "number", number(page.cut)), make("td", "number", number(page.words)));
    return row;
  }

  byId("search").addEventListener("input", drawRows);
  for (const button of document.querySelectorAll("[data-sort]")) {
    button.addEventListener("click", () => {
      const by = button.dataset.sort;
      sorting = { by, down: sorting.by === by ? !sorting.down : by !== "name" };
      drawRows();
    });
  }

  // ---- one page ----

  let shown = null; // { data, blocks, cuts }: what is drawn, the element of each block, the first element of each cut
  let current = -1;
  let spoken = null;
  const text = byId("text");

  function drawPage(entry) {
    const data = JSON.parse(byId(`page-${entry.number}`).textContent);
    shown = { entry, data, blocks: [], cuts: [], all: [] };
    current = -1;
    hideDetail();
    text.className = "";
    text.lang = data.language || "";
    text.replaceChildren();
    drawUpTo(FIRST);
    byId("name").textContent = entry.name;
    byId("page-title").textContent = entry.title;
    byId("page-sum").textContent = `${sum(entry.words, entry.cut)}; read as ${data.kind}`;
    drawFamilies(entry);
    drawKnown(data);
    window.scrollTo(0, 0);
    drawMap();
    // What is in sight can be told only once the browser has drawn it.
    requestAnimationFrame(() => requestAnimationFrame(drawFrame));
    setTimeout(drawRest, 0, data);
  }

  // A long page is drawn in parts, so that its beginning can be read at once; whoever wants a later place draws up to it.
  function drawUpTo(count) {
    const { data, blocks } = shown;
    const end = Math.min(count, data.blocks.length);
    const parts = document.createDocumentFragment();
    let chunk = blocks.length % CHUNK ? text.lastElementChild : null;
    while (blocks.length < end) {
      if (blocks.length % CHUNK === 0) {
        chunk = make("div", "chunk");
        parts.append(chunk);
      }
      chunk.append(drawBlock(data.blocks[blocks.length], blocks.length));
    }
    text.append(parts);
  }

  function drawRest(data) {
    if (!shown || shown.data !== data || shown.blocks.length === data.blocks.length) return;
    drawUpTo(shown.blocks.length + 10 * CHUNK);
    setTimeout(drawRest, 0, data);
  }

  // A line of megabytes would take seconds to break: it is shown in parts, which begin at a space and on a line of their own.
  function put(element, words) {
    let begin = 0;
    while (words.length - begin > LONGEST) {
      const space = words.lastIndexOf(" ", begin + LONGEST - 1);
      let end = space > begin ? space + 1 : begin + LONGEST;
      if (/[\ud800-\udbff]/.test(words[end - 1])) end -= 1;
      element.append(make("span", "part", words.slice(begin, end)));
      begin = end;
    }
    element.append(begin ? make("span", "part", words.slice(begin)) : words);
  }

  function drawBlock([kind, level, , pieces], place) {
    const whole = pieces.length === 1;
    const element = make(kind === "code" ? "pre" : kind === "heading" ? "h2" : "p", `b ${kind}${kind === "heading" ? ` level${level}` : ""}`);
    element.dir = "auto";
    element.dataset.block = place;
    if (pieces.every(([cut]) => cut < 0)) element.classList.add("kept");
    for (const [cut, words] of pieces) {
      if (cut < 0) {
        put(element, words);
        continue;
      }
      const target = whole ? element : make("span");
      const family = shown.data.cuts[cut][0];
      target.classList.add("cut", `f${family}`);
      target.dataset.cut = cut;
      const struck = make("s");
      put(struck, words);
      target.append(struck);
      (shown.all[cut] ||= []).push(target);
      if (!shown.cuts[cut]) {
        shown.cuts[cut] = target;
        target.tabIndex = cut === 0 ? 0 : -1;
        target.append(make("span", "why", families[family].name));
      }
      if (!whole) element.append(target);
    }
    shown.blocks.push(element);
    return element;
  }

  function drawFamilies(entry) {
    const most = Math.max(1, entry.words - entry.cut, ...entry.families.map(([, words]) => words));
    const rows = [switchOf("kept", "what stays", entry.words - entry.cut, null, most, "")];
    for (const family of order) {
      const part = entry.families.find(([other]) => other === family);
      if (part) rows.push(switchOf(String(family), families[family].name, part[1], part[2], most, `f${family}`));
    }
    byId("families").replaceChildren(...rows);
  }

  function switchOf(key, name, words, cuts, most, look) {
    const label = make("label", look);
    const box = make("input");
    box.type = "checkbox";
    box.checked = true;
    box.dataset.family = key;
    box.addEventListener("change", applySwitches);
    const count = make("span", "words", `${number(words)} words`);
    if (cuts !== null) count.title = `in ${number(cuts)} ${cuts === 1 ? "cut" : "cuts"}`;
    label.append(box, make("span", "name", name), count, bar(words, most));
    return label;
  }

  const switches = () => [...byId("families").querySelectorAll("input")];

  function applySwitches() {
    const anchor = blockInView(6, 24);
    for (const box of switches()) {
      text.classList.toggle(box.dataset.family === "kept" ? "without-kept" : `without-f${box.dataset.family}`, !box.checked);
    }
    const element = anchor >= 0 ? shown.blocks[anchor] : null;
    if (element && element.offsetParent) element.scrollIntoView({ block: "start" });
    drawMap();
  }

  function setSwitches(choose) {
    for (const box of switches()) box.checked = choose(box.dataset.family);
    applySwitches();
  }
  byId("show-all").addEventListener("click", () => setSwitches(() => true));
  byId("show-kept").addEventListener("click", () => setSwitches((key) => key === "kept"));
  byId("show-cut").addEventListener("click", () => setSwitches((key) => key !== "kept"));

  function drawKnown(data) {
    const parts = [];
    const list = (title, lines) => {
      if (!lines.length) return;
      const items = make("ul");
      items.append(...lines.map((line) => {
        const item = make("li", "", line);
        item.dir = "auto";
        return item;
      }));
      parts.push(make("h2", "", title), items);
    };
    list("Credits", data.credits.map(([role, name, language]) => `${role}: ${name}${language ? ` (from ${language})` : ""}`));
    list("Kept by a rule", data.vetoed.map(([by, family, rule, words]) => `${by}, against ${family} ${rule}: ${words}`));
    list("Warnings", data.warnings);
    byId("known").replaceChildren(...parts);
  }

  // ---- the reason of one cut ----

  function pathOf(data, box) {
    const names = [];
    for (let at = box; at >= 0; at = data.boxes[at][1]) names.unshift(data.boxes[at][0]);
    return names.join(" > ");
  }

  function showDetail(target) {
    if (spoken === target) return;
    const { data } = shown;
    const element = target.closest("[data-block]");
    const block = data.blocks[element.dataset.block];
    const detail = byId("detail");
    const rows = make("dl");
    const row = (label, value, look) => {
      const cell = make("dd");
      cell.append(look ? make(look, "", value) : value);
      rows.append(make("dt", "", label), cell);
    };
    clearMarks();
    spoken = target;
    const close = make("button", "close", "×");
    close.type = "button";
    close.setAttribute("aria-label", "Close");
    close.addEventListener("click", hideDetail);
    const parts = [close];
    if (target.dataset.cut === undefined) {
      detail.className = "";
      parts.push(make("h2", "", "stays"));
    } else {
      const [family, rule, confidence, words] = data.cuts[target.dataset.cut];
      detail.className = `f${family}`;
      parts.push(make("h2", "", families[family].name), make("p", "", families[family].summary));
      row("rule", rule, "code");
      row("confidence", confidence.toFixed(2));
      row("words", number(words));
      for (const one of shown.all[target.dataset.cut]) one.classList.add("on");
      current = Number(target.dataset.cut);
    }
    row("block", `${element.dataset.block}, ${block[0]}`);
    const path = pathOf(data, block[2]);
    if (path) row("markup", path, "code");
    parts.push(rows);
    detail.classList.toggle("above", target.getBoundingClientRect().top > innerHeight / 2);
    detail.replaceChildren(...parts);
    detail.hidden = false;
  }

  function clearMarks() {
    for (const one of text.querySelectorAll(".on")) one.classList.remove("on");
  }

  function hideDetail() {
    clearMarks();
    spoken = null;
    byId("detail").hidden = true;
  }

  const targetOf = (event) => event.target.closest(".cut") || event.target.closest("[data-block]");
  const canHover = matchMedia("(hover: hover)").matches;
  text.addEventListener("mouseover", (event) => {
    const target = canHover && event.target.closest(".cut");
    if (target) showDetail(target);
  });
  text.addEventListener("click", (event) => {
    const target = targetOf(event);
    if (target) showDetail(target);
  });
  text.addEventListener("focusin", (event) => {
    const target = event.target.closest(".cut");
    if (target) showDetail(target);
  });

  function step(by) {
    let at = current;
    drawUpTo(shown.data.blocks.length);
    do at += by; while (at >= 0 && at < shown.cuts.length && !(shown.cuts[at] && visible(shown.cuts[at])));
    if (at < 0 || at >= shown.cuts.length) return;
    if (shown.cuts[current]) shown.cuts[current].tabIndex = -1;
    const target = shown.cuts[at];
    target.tabIndex = 0;
    target.focus({ preventScroll: true });
    target.scrollIntoView({ block: "center" });
    showDetail(target);
  }
  const visible = (target) => {
    const family = [...target.classList].find((name) => /^f\d+$/.test(name));
    return !text.classList.contains(`without-${family}`);
  };
  byId("next").addEventListener("click", () => step(1));
  byId("previous").addEventListener("click", () => step(-1));
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input[type=search]")) return;
    const inText = text.contains(event.target) && event.target !== text;
    if (event.key === "/" && !byId("index").hidden) {
      event.preventDefault();
      byId("search").focus();
    }
    if (byId("page").hidden) return;
    if (event.key === "n" || (inText && event.key === "ArrowDown")) step(1);
    else if (event.key === "p" || (inText && event.key === "ArrowUp")) step(-1);
    else if (event.key === "Escape") hideDetail();
    else return;
    event.preventDefault();
  });

  // ---- the map ----

  const map = byId("map");
  let layout = null; // where each block begins on the map, 0 to 1

  // The first block that stands at a height of the window, looked for in steps; -1 for none.
  function blockInView(from, step) {
    if (!shown) return -1;
    const x = text.getBoundingClientRect().left + 30;
    for (let y = from; y > 0 && y < innerHeight; y += step) {
      const element = document.elementFromPoint(x, y)?.closest("[data-block]");
      if (element) return Number(element.dataset.block);
    }
    return -1;
  }

  // The map of a long page has many strokes: it is drawn once, and scrolling only moves the frame over it.
  const strip = document.createElement("canvas");

  function drawMap() {
    if (!shown || byId("page").hidden) return;
    const scale = devicePixelRatio || 1;
    const width = map.clientWidth;
    const height = map.clientHeight;
    strip.width = Math.round(width * scale);
    strip.height = Math.round(height * scale);
    const brush = strip.getContext("2d");
    brush.scale(scale, scale);
    const soft = getComputedStyle(document.documentElement).getPropertyValue("--soft");
    const off = new Set(switches().filter((box) => !box.checked).map((box) => box.dataset.family));
    const weights = shown.data.blocks.map(([, , , pieces]) => LINE + pieces.reduce((all, [, words]) => all + words.length, 0));
    const total = weights.reduce((all, one) => all + one, 0) || 1;
    // A short page does not fill the map: a block is at most as high there as in the text.
    const used = Math.min(1, total / 12 / height);
    const gap = weights.length < height / 3 ? 1 : 0;
    layout = [];
    let place = 0;
    for (const [, , , pieces] of shown.data.blocks) {
      layout.push((place / total) * used);
      for (const [cut, words] of pieces) {
        const part = words.length + LINE / pieces.length;
        const family = cut < 0 ? "kept" : String(shown.data.cuts[cut][0]);
        brush.globalAlpha = off.has(family) ? 0.12 : cut < 0 ? 0.45 : 0.95;
        brush.fillStyle = cut < 0 ? soft : families[family].colour;
        const high = Math.max((part / total) * used * height - gap, 0.6);
        const inset = cut < 0 ? 0.14 : 0.06;
        brush.fillRect(width * inset, (place / total) * used * height, width * (1 - 2 * inset), high);
        place += part;
      }
    }
    layout.push(used);
    drawFrame();
  }

  function drawFrame() {
    if (!layout || byId("page").hidden) return;
    map.width = strip.width;
    map.height = strip.height;
    const brush = map.getContext("2d");
    if (strip.width && strip.height) brush.drawImage(strip, 0, 0);
    const first = blockInView(6, 24);
    const last = blockInView(innerHeight - 8, -24);
    if (first < 0 || last < first) return;
    const scale = devicePixelRatio || 1;
    brush.scale(scale, scale);
    brush.strokeStyle = getComputedStyle(document.documentElement).getPropertyValue("--mark");
    brush.lineWidth = 2;
    const high = (layout[last + 1] - layout[first]) * map.clientHeight;
    brush.strokeRect(1, layout[first] * map.clientHeight + 1, map.clientWidth - 2, Math.max(high - 2, 6));
  }

  const once = (draw) => {
    let waiting = false;
    return () => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => {
        waiting = false;
        draw();
      });
    };
  };
  const redraw = once(drawMap);
  addEventListener("scroll", once(drawFrame), { passive: true });
  addEventListener("resize", redraw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);

  function jump(event) {
    const at = event.offsetY / map.clientHeight;
    let low = 0;
    let high = shown.data.blocks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (layout[middle] <= at) low = middle;
      else high = middle - 1;
    }
    drawUpTo(low + CHUNK);
    let element = shown.blocks[low];
    while (element && !element.offsetParent && low > 0) element = shown.blocks[--low];
    if (element) element.scrollIntoView({ block: "center" });
  }
  map.addEventListener("pointerdown", (event) => {
    map.setPointerCapture(event.pointerId);
    jump(event);
  });
  map.addEventListener("pointermove", (event) => {
    if (map.hasPointerCapture(event.pointerId)) jump(event);
  });

  // ---- which of the two is shown ----

  function route() {
    const wanted = /^#page=(\d+)$/.exec(location.hash);
    const single = report.pages.length === 1;
    const entry = report.pages[wanted ? Number(wanted[1]) : single ? 0 : -1];
    if (location.hash === "#text" && shown) return;
    byId("index").hidden = Boolean(entry);
    byId("page").hidden = !entry;
    byId("back").hidden = single;
    document.title = entry ? `${entry.name} · dechaff report` : "dechaff report";
    if (entry) drawPage(entry);
    else drawIndex();
  }
  addEventListener("hashchange", route);
  if (matchMedia("(max-width: 62rem)").matches) byId("panel").open = false;
  route();
})();
