// The rows of a trace: the tree on the left, the time on the right. Only rows in sight are in the page.

const MOST_INDENTED = 20;
const ROWS_BEYOND = 8;
const MOST_LOG_MARKS = 30;

class Waterfall {
  /** `page` has the state: `trace`, `zoom`, `collapsed`, `selected`, `matches`, `words` and `path`. */
  constructor(page) {
    this.page = page;
    this.made = new Map();
    this.spacer = element("div", { class: "rows", role: "rowgroup" });
    this.node = element(
      "div",
      { class: "waterfall", role: "treegrid", tabindex: "0", "aria-label": "Spans" },
      element(
        "div",
        { class: "hidden-head", role: "row" },
        element("span", { role: "columnheader" }, "Span"),
        element("span", { role: "columnheader" }, "Time"),
      ),
      this.spacer,
    );
    this.node.addEventListener("scroll", () => this.later(), { passive: true });
    this.node.addEventListener("click", (event) => this.click(event));
    this.node.addEventListener("dblclick", (event) => this.toggleAt(event));
    this.node.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
  }

  /** The rows anew, after spans were collapsed or expanded. */
  layOut() {
    const { trace, collapsed } = this.page;
    this.rows = [];
    this.placeOf = new Map();
    let hiddenBelow = Infinity;
    for (const span of trace.spans) {
      if (span.depth > hiddenBelow) continue;
      hiddenBelow = collapsed.has(span) ? span.depth : Infinity;
      this.placeOf.set(span, this.rows.length);
      this.rows.push(span);
    }
    this.node.setAttribute("aria-rowcount", this.rows.length + 1);
    this.redraw();
  }

  /** All rows in sight anew. */
  redraw() {
    for (const row of this.made.values()) row.remove();
    this.made.clear();
    this.rowHeight = parseFloat(getComputedStyle(this.node).getPropertyValue("--row-height")) || 28;
    this.spacer.style.height = `${this.rows.length * this.rowHeight}px`;
    this.draw();
  }

  later() {
    if (this.isPlanned) return;
    this.isPlanned = true;
    requestAnimationFrame(() => {
      this.isPlanned = false;
      this.draw();
    });
  }

  draw() {
    const height = this.node.clientHeight || 600;
    const first = Math.max(0, Math.floor(this.node.scrollTop / this.rowHeight) - ROWS_BEYOND);
    const last = Math.min(this.rows.length, Math.ceil((this.node.scrollTop + height) / this.rowHeight) + ROWS_BEYOND);
    for (const [place, row] of this.made) {
      if (place >= first && place < last) continue;
      row.remove();
      this.made.delete(place);
    }
    const fresh = document.createDocumentFragment();
    for (let place = first; place < last; place++) {
      if (this.made.has(place)) continue;
      const row = this.row(this.rows[place], place);
      this.made.set(place, row);
      fresh.append(row);
    }
    this.spacer.append(fresh);
    const selected = this.page.selected;
    const isMade = selected && this.made.has(this.placeOf.get(selected));
    if (isMade) this.node.setAttribute("aria-activedescendant", `span-${selected.index}`);
    else this.node.removeAttribute("aria-activedescendant");
  }

  row(span, place) {
    const page = this.page;
    const siblings = span.parent ? span.parent.children : page.trace.tops;
    const isMatch = page.isMatch.has(span);
    const classes = ["row", `colour-${span.colour}`];
    if (span.isFailed) classes.push("failed");
    if (span.isOpen) classes.push("open");
    if (span === page.selected) classes.push("selected");
    if (page.words.length) classes.push(isMatch ? "match" : "no-match");
    if (isMatch && span === page.matches[page.match]) classes.push("current-match");
    const row = element("div", {
      class: classes.join(" "),
      role: "row",
      id: `span-${span.index}`,
      "aria-rowindex": place + 2,
      "aria-level": span.depth + 1,
      "aria-setsize": siblings.length,
      "aria-posinset": siblings.indexOf(span) + 1,
      "aria-expanded": span.children.length ? String(!page.collapsed.has(span)) : null,
      "aria-selected": String(span === page.selected),
    });
    row.style.transform = `translateY(${place * this.rowHeight}px)`;
    row.append(this.treeCell(span), this.timeCell(span));
    return row;
  }

  treeCell(span) {
    const { collapsed, words } = this.page;
    const cell = element("div", { class: "tree-cell", role: "gridcell" });
    cell.style.paddingLeft = `calc(${Math.min(span.depth, MOST_INDENTED)} * var(--indent) + 4px)`;
    const isCollapsed = collapsed.has(span);
    const toggle = element("span", { class: `toggle ${span.children.length ? (isCollapsed ? "closed" : "opened") : "leaf"}`, "aria-hidden": "true" });
    cell.append(toggle, element("span", { class: "stripe", "aria-hidden": "true" }));
    if (span.depth > MOST_INDENTED) cell.append(element("span", { class: "muted" }, `⋯${span.depth}`));
    if (span.isFailed) cell.append(errorSign());
    const name = element("span", { class: "name", title: nameText(span.name) }, ...nameOf(span.name, words));
    cell.append(name);
    if (!span.parent || span.parent.service !== span.service) {
      cell.append(element("span", { class: "service" }, ...marked(span.service, words)));
    }
    if (span.parent && span.isFollower) cell.append(element("span", { class: "small-sign", title: "It follows the span above, which did not wait for it" }, "follows"));
    if (span.isOpen) cell.append(element("span", { class: "small-sign", title: "It had not ended when this was written" }, "unfinished"));
    const isMoved = span.shift !== (span.parent ? span.parent.shift : 0);
    if (isMoved) cell.append(element("span", { class: "small-sign", title: "Shown at another time than sent" }, "clock"));
    if (isCollapsed) cell.append(hiddenBelow(span));
    return cell;
  }

  timeCell(span) {
    const { trace, zoom, path } = this.page;
    const whole = trace.duration || 1;
    const place = (time) => ((time - trace.start) / whole - zoom.from) / (zoom.to - zoom.from);
    const [from, to] = [place(span.start), place(span.end)];
    const cell = element("div", { class: "time-cell", role: "gridcell" });
    const label = element("span", { class: "length-label" }, duration(span.duration));
    if (from > 1) {
      label.classList.add("beyond-right");
      cell.append(label);
      return cell;
    }
    if (to < 0) {
      label.classList.add("beyond-left");
      cell.append(label);
      return cell;
    }
    const [left, right] = [Math.max(0, from), Math.min(1, to)];
    cell.append(part("span-bar", left, right));
    for (const [start, end] of path.get(span) || []) {
      if (place(end) < 0 || place(start) > 1) continue;
      cell.append(part("critical", Math.max(0, place(start)), Math.min(1, place(end))));
    }
    for (const log of span.logs.slice(0, MOST_LOG_MARKS)) {
      const at = place(Number(log.timestamp) + span.shift);
      if (at >= 0 && at <= 1) cell.append(part("log-mark", at, at));
    }
    label.style.left = `calc(${100 * right}% + 6px)`;
    cell.append(label);
    return cell;
  }

  spanAt(event) {
    const row = event.target.closest(".row");
    return row ? this.page.trace.spans[Number(row.id.slice("span-".length))] : null;
  }

  click(event) {
    const span = this.spanAt(event);
    if (!span) return;
    if (event.target.closest(".toggle") && span.children.length) this.page.toggle(span);
    else this.page.select(span, true);
  }

  toggleAt(event) {
    const span = this.spanAt(event);
    if (span && span.children.length && !event.target.closest(".toggle")) this.page.toggle(span);
  }

  /** Turning the wheel with Ctrl held shows more or less time around the pointer. */
  wheel(event) {
    if (!event.ctrlKey) return;
    event.preventDefault();
    const cell = this.node.querySelector(".time-cell");
    if (!cell) return;
    const { left, width } = cell.getBoundingClientRect();
    const { zoom } = this.page;
    const around = zoom.from + ((event.clientX - left) / width) * (zoom.to - zoom.from);
    this.page.setZoom(zoomed(zoom, event.deltaY < 0 ? 0.8 : 1.25, around));
  }

  /** Scrolls so far that the row of a span is in sight. */
  reveal(span) {
    const place = this.placeOf.get(span);
    if (place === undefined) return;
    const top = place * this.rowHeight;
    const height = this.node.clientHeight;
    if (top < this.node.scrollTop + this.rowHeight) this.node.scrollTop = top - this.rowHeight;
    else if (top > this.node.scrollTop + height - 2 * this.rowHeight) this.node.scrollTop = top - height + 2 * this.rowHeight;
  }
}

function part(name, from, to) {
  const made = element("span", { class: name, "aria-hidden": "true" });
  made.style.left = `${100 * from}%`;
  if (name !== "log-mark") made.style.width = `${100 * (to - from)}%`;
  return made;
}

/** What a collapsed span hides. */
function hiddenBelow(span) {
  let spans = 0;
  let errors = 0;
  const open = [...span.children];
  while (open.length) {
    const one = open.pop();
    spans += 1;
    errors += one.isFailed ? 1 : 0;
    open.push(...one.children);
  }
  const sign = element("span", { class: "hidden-below" }, `+${count(spans, "span")}`);
  if (errors) sign.append(" ", errorSign(count(errors, "error")));
  return sign;
}
