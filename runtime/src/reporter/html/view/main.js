// The view: a list of traces and the page of one, as the fragment of the URL says.

function hashOf(trace, span) {
  const ids = span ? { trace: trace.id, span: span.id } : { trace: trace.id };
  return `#${new URLSearchParams(ids)}`;
}

class App {
  constructor(place) {
    this.place = place;
    this.keys = keysDialog();
    document.body.append(this.keys);
    window.addEventListener("hashchange", () => this.route());
    window.addEventListener("resize", () => this.page && this.page.resized());
    document.addEventListener("keydown", (event) => {
      if (this.page) pageKey(this.page, event);
      else if (event.key === "/" && !isText(event.target)) {
        event.preventDefault();
        this.place.querySelector(".search").focus();
      }
    });
    const theme = window.matchMedia("(prefers-color-scheme: dark)");
    theme.addEventListener("change", () => this.page && this.page.overview.draw());
  }

  /** Shows the traces of a document, and what the URL says of them. */
  show(json, leftOut) {
    this.traces = readTraces(json);
    this.byId = new Map(this.traces.map((trace) => [trace.id, trace]));
    this.leftOut = leftOut;
    this.list = { filter: "", sort: { key: "duration", direction: "descending" }, shown: ROWS_AT_ONCE };
    this.page = null;
    this.route();
  }

  route() {
    const isOwn = location.hash === this.ownHash;
    this.ownHash = null;
    if (isOwn && this.page) return;
    const wanted = new URLSearchParams(location.hash.slice(1));
    const only = this.traces.length === 1 ? this.traces[0] : null;
    const trace = this.byId.get(wanted.get("trace")) || only;
    if (!trace) return this.showList();
    if (!this.page || this.page.trace !== trace) this.showTrace(trace);
    const span = trace.byId.get(wanted.get("span"));
    if (span && span !== this.page.selected) this.page.select(span, true);
  }

  showList() {
    const before = this.page && this.page.trace;
    this.page = null;
    document.title = `${count(this.traces.length, "trace")}`;
    this.place.replaceChildren(this.traces.length ? listPage(this) : element("p", { class: "empty" }, "There are no traces here yet."));
    const links = [...this.place.querySelectorAll("tbody a")];
    const last = before && links.find((link) => link.hash === hashOf(before));
    const first = last || links[0];
    if (first) first.focus({ preventScroll: !last });
  }

  showTrace(trace) {
    this.page = new TracePage(this, trace);
    document.title = titleOf(trace);
    this.place.replaceChildren(this.page.node);
    this.page.shown();
    this.page.waterfall.node.focus({ preventScroll: true });
  }

  /** The URL of what is shown, without a step in the history for each span. */
  remember(trace, span) {
    // Not for each span that a held key passes: browsers limit how often the URL may change.
    clearTimeout(this.remembering);
    this.remembering = setTimeout(() => {
      const hash = hashOf(trace, span);
      if (!this.page || this.page.trace !== trace || location.hash === hash) return;
      // By the time that the browser tells of it, another span may be selected.
      this.ownHash = hash;
      location.replace(hash);
    }, 200);
  }

  leave() {
    clearTimeout(this.remembering);
    if (this.traces.length > 1) location.hash = "";
  }

  showKeys() {
    this.keys.showModal();
  }
}

function start() {
  const data = document.getElementById("traces");
  const app = new App(document.getElementById("view"));
  // For a server whose page gets new traces while it is open.
  window.fedtraceView = { show: (json) => app.show(json, 0) };
  if (data) app.show(JSON.parse(data.textContent), Number(data.dataset.leftOut) || 0);
}

start();
