// The keys of the page.

const KEYS = [
  ["↑ ↓ Home End", "go from span to span"],
  ["← →", "collapse and expand, go to the parent and to the first child"],
  ["Enter", "show all about the span"],
  ["/", "search; Enter, n and p go from match to match"],
  ["e", "next error"],
  ["c", "collapse or expand the service of the span"],
  ["C E", "collapse or expand all"],
  ["+ − 0", "show less time, more time, the whole trace"],
  ["Shift ← →", "show earlier or later time"],
  ["Esc", "close the span, then go back to the list"],
];

function keysDialog() {
  const rows = KEYS.map(([keys, what]) => {
    const names = keys.split(" ").map((key) => element("kbd", {}, key));
    return element("tr", {}, element("th", { scope: "row" }, ...names), element("td", {}, what));
  });
  const dialog = element("dialog", { class: "keys", "aria-label": "Keys" });
  dialog.append(
    element("h2", {}, "Keys"),
    element("table", {}, element("tbody", {}, rows)),
    button("Close", {}, () => dialog.close()),
  );
  return dialog;
}

/** What a key does on the page of a trace, whatever has the focus. */
const PAGE_KEYS = {
  "/": (page) => {
    page.search.focus();
    page.search.select();
  },
  n: (page) => page.goToMatch(1),
  p: (page) => page.goToMatch(-1),
  N: (page) => page.goToMatch(-1),
  e: (page) => page.goToError(),
  c: (page) => page.selected && page.toggleService(page.selected.service),
  C: (page) => page.collapseAll(),
  E: (page) => page.expandAll(),
  "+": (page) => page.zoomIn(),
  "=": (page) => page.zoomIn(),
  "-": (page) => page.setZoom(zoomed(page.zoom, 2)),
  0: (page) => page.setZoom(wholeTrace()),
  Escape: (page) => (page.panel.hidden ? page.app.leave() : page.close()),
};

function pageKey(page, event) {
  if (event.ctrlKey || event.metaKey || event.altKey || isText(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  let action = PAGE_KEYS[event.key];
  if (event.key === "?") action = () => page.app.showKeys();
  const isOverview = page.overview.node === document.activeElement;
  if ((event.shiftKey || isOverview) && (event.key === "ArrowLeft" || event.key === "ArrowRight")) {
    const by = event.key === "ArrowLeft" ? -0.25 : 0.25;
    action = () => page.setZoom(panned(page.zoom, by));
  } else if (page.waterfall.node === document.activeElement) action = treeKey(page, event) || action;
  if (!action) return;
  event.preventDefault();
  action(page);
}

function isText(target) {
  return target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable]");
}

/** What a key does in the tree; the keys are those of a tree grid of ARIA. */
function treeKey(page, event) {
  const { rows, placeOf } = page.waterfall;
  const selected = page.selected;
  const at = selected ? placeOf.get(selected) : -1;
  const goTo = (place) => () => page.select(rows[Math.max(0, Math.min(rows.length - 1, place))], false);
  const inSight = Math.max(1, Math.floor(page.waterfall.node.clientHeight / page.waterfall.rowHeight) - 1);
  switch (event.key) {
    case "ArrowDown":
      return goTo(at + 1);
    case "ArrowUp":
      return goTo(at - 1);
    case "PageDown":
      return goTo(at + inSight);
    case "PageUp":
      return goTo(at - inSight);
    case "Home":
      return goTo(0);
    case "End":
      return goTo(rows.length - 1);
    case "ArrowRight":
    case "ArrowLeft":
      return selected ? () => sideways(page, selected, event.key === "ArrowRight") : goTo(0);
    case "Enter":
    case " ":
      return selected ? () => page.select(selected, true) : goTo(0);
    default:
      return null;
  }
}

function sideways(page, span, isRight) {
  const isOpen = span.children.length > 0 && !page.collapsed.has(span);
  if (isRight) {
    if (isOpen) page.select(span.children[0], false);
    else if (span.children.length) page.toggle(span);
  } else if (isOpen) page.toggle(span);
  else if (span.parent) page.select(span.parent, false);
}
