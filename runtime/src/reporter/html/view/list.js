// The list of all traces.

const ROWS_AT_ONCE = 200;
const COLUMNS = [
  { key: "name", label: "Trace", value: (trace) => trace.root.name.toLowerCase(), first: "ascending" },
  { key: "start", label: "Start", value: (trace) => trace.start, first: "descending" },
  { key: "duration", label: "Duration", value: (trace) => trace.duration, first: "descending" },
  { key: "spans", label: "Spans", value: (trace) => trace.spans.length, first: "descending" },
  { key: "errors", label: "Errors", value: (trace) => trace.errors, first: "descending" },
];

function listPage(app) {
  const state = app.list;
  const table = element("table", { class: "traces" });
  const filter = element("input", {
    type: "search",
    class: "search",
    "aria-label": "Filter traces",
    placeholder: "Filter by name, service, tag=value …",
    input: (event) => {
      state.filter = event.target.value;
      state.shown = ROWS_AT_ONCE;
      fillTable(app, table, status);
    },
  });
  filter.value = state.filter;
  const status = element("p", { class: "muted", role: "status" });
  fillTable(app, table, status);
  table.addEventListener("keydown", (event) => moveInList(event, table));
  return element(
    "div",
    { class: "list-page" },
    element("header", { class: "bar" }, element("h1", {}, "Traces"), filter, status),
    leftOutNote(app),
    element("div", { class: "list-scroll" }, table),
  );
}

function leftOutNote(app) {
  if (!app.leftOut) return null;
  return element("p", { class: "note" }, `${count(app.leftOut, "more span")} found no room here.`);
}

function fillTable(app, table, status) {
  const state = app.list;
  const words = wordsOf(state.filter);
  const traces = app.traces.filter((trace) => traceMatches(trace, words)).sort(comparison(state.sort));
  const longest = traces.reduce((most, trace) => Math.max(most, trace.duration), 0);
  const rows = traces.slice(0, state.shown).map((trace) => traceRow(trace, longest));
  table.replaceChildren(tableHead(app, table, status), element("tbody", {}, rows));
  const rest = traces.length - rows.length;
  if (rest > 0) table.append(moreRow(app, table, status, rest));
  const spans = traces.reduce((sum, trace) => sum + trace.spans.length, 0);
  const all = traces.length === app.traces.length ? "" : ` of ${number(app.traces.length)}`;
  status.replaceChildren(`${number(traces.length)}${all} ${app.traces.length === 1 ? "trace" : "traces"} · ${count(spans, "span")}`);
}

function comparison({ key, direction }) {
  const { value } = COLUMNS.find((column) => column.key === key);
  const sign = direction === "ascending" ? 1 : -1;
  return (one, other) => {
    const [first, second] = [value(one), value(other)];
    return first === second ? other.duration - one.duration : sign * (first < second ? -1 : 1);
  };
}

function tableHead(app, table, status) {
  const sort = app.list.sort;
  const cells = COLUMNS.map((column) => {
    const isSorted = sort.key === column.key;
    const action = () => {
      const other = sort.direction === "ascending" ? "descending" : "ascending";
      app.list.sort = { key: column.key, direction: isSorted ? other : column.first };
      fillTable(app, table, status);
      table.querySelector(`th.${column.key} button`).focus();
    };
    const arrow = isSorted ? (sort.direction === "ascending" ? " ▲" : " ▼") : "";
    const label = [column.label, element("span", { "aria-hidden": "true" }, arrow)];
    const cell = element("th", { class: column.key, scope: "col", "aria-sort": isSorted ? sort.direction : "none" });
    cell.append(element("button", { type: "button", click: action }, ...label));
    return cell;
  });
  return element("thead", {}, element("tr", {}, cells));
}

function traceRow(trace, longest) {
  const bar = element("span", { class: "length", "aria-hidden": "true" });
  bar.style.width = `${longest ? Math.max(1, (100 * trace.duration) / longest) : 0}%`;
  const link = element("a", { href: `#trace=${encodeURIComponent(trace.id)}` }, ...nameOf(trace.root.name));
  return element(
    "tr",
    { class: trace.errors ? "failed" : null },
    element("td", { class: "name" }, link, element("span", { class: "services" }, trace.services.map(serviceLabel))),
    element("td", { class: "start", title: dateAndTime(trace.start) }, shortDateAndTime(trace.start)),
    element("td", { class: "duration" }, element("span", { class: "number" }, duration(trace.duration)), bar),
    element("td", { class: "spans" }, number(trace.spans.length)),
    element("td", { class: "errors" }, trace.errors ? errorSign(count(trace.errors, "error")) : "–"),
  );
}

function serviceLabel(service) {
  const label = element("span", { class: `service colour-${service.colour}` });
  label.append(element("span", { class: "dot", "aria-hidden": "true" }), ...visible(service.name));
  return label;
}

function moreRow(app, table, status, rest) {
  const more = () => {
    const shown = app.list.shown;
    app.list.shown += ROWS_AT_ONCE;
    fillTable(app, table, status);
    const links = table.querySelectorAll("tbody a");
    links[Math.min(shown, links.length - 1)].focus();
  };
  const label = `Show ${number(Math.min(rest, ROWS_AT_ONCE))} more of ${number(rest)}`;
  return element("tfoot", {}, element("tr", {}, element("td", { colspan: COLUMNS.length }, button(label, {}, more))));
}

/** Arrows go from trace to trace. */
function moveInList(event, table) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const links = [...table.querySelectorAll("tbody a")];
  const at = links.indexOf(document.activeElement);
  if (!step || at < 0) return;
  event.preventDefault();
  links[Math.max(0, Math.min(links.length - 1, at + step))].focus();
}
