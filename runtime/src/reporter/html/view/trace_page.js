// One trace.

class TracePage {
  constructor(app, trace) {
    Object.assign(this, { app, trace, zoom: wholeTrace(), collapsed: new Set(), selected: null });
    Object.assign(this, { query: "", words: [], matches: [], isMatch: new Set(), match: -1 });
    this.path = criticalPath(trace.root);
    this.overview = new Overview(trace, this.zoom, (zoom) => this.setZoom(zoom));
    this.waterfall = new Waterfall(this);
    this.axis = element("div", { class: "axis" });
    this.panel = element("div", { class: "panel", hidden: "" });
    this.services = element("div", { class: "service-buttons", role: "group", "aria-label": "Services: press to collapse" });
    this.node = this.build();
  }

  build() {
    const body = element("div", { class: "trace-body" }, element("div", { class: "span-list" }, this.axis, this.waterfall.node), this.panel);
    return element("div", { class: "trace-page" }, this.head(), this.toolbar(), this.overview.node, body);
  }

  head() {
    const { trace, app } = this;
    const back = app.traces.length > 1 ? element("a", { class: "back", href: "#" }, "‹ All traces") : null;
    const id = element("span", { class: "id" }, " · trace ", element("code", {}, ...visible(trace.id)));
    return element(
      "header",
      { class: "bar trace-head" },
      back,
      element("h1", {}, titleOf(trace)),
      element("p", { class: "muted" }, time(trace.start), id),
      this.reason(),
      app.traces.length > 1 ? null : leftOutNote(app),
    );
  }

  /** Where the time went. */
  reason() {
    const { trace, path } = this;
    const parts = slowest(path, 3).filter(({ time: part }) => part >= 0.03 * trace.root.duration);
    if (trace.spans.length < 2 || !parts.length) return null;
    const said = parts.flatMap(({ span, time: part, spans }, nth) => [
      nth ? ", " : " ",
      element("strong", {}, `${duration(part)} (${percent(part, trace.root.duration)})`),
      spans > 1 ? ` in ${number(spans)} × ` : " in ",
      spanLink(this, span),
      span.service === trace.root.service ? "" : ` of ${visibleText(span.service)}`,
    ]);
    return element("p", { class: "reason" }, element("span", { class: "critical-sign", "aria-hidden": "true" }), "Critical path:", ...said);
  }

  toolbar() {
    this.search = element("input", {
      type: "search",
      class: "search",
      "aria-label": "Search spans",
      placeholder: "Search spans  ( / )",
      input: (event) => this.find(event.target.value),
      keydown: (event) => this.searchKey(event),
    });
    this.found = element("span", { class: "found", role: "status" });
    const step = (label, title, by) => button(label, { title, "aria-label": title }, () => this.goToMatch(by));
    const tools = [
      element("div", { class: "group" }, this.search, step("↑", "Previous match (p)", -1), step("↓", "Next match (n)", 1), this.found),
      this.trace.errors ? button(["Next ", errorSign("error")], { title: "Next error (e)" }, () => this.goToError()) : null,
      this.services,
      element(
        "div",
        { class: "group" },
        button("Collapse", { title: "Collapse all (C)" }, () => this.collapseAll()),
        button("Expand", { title: "Expand all (E)" }, () => this.expandAll()),
      ),
      element(
        "div",
        { class: "group" },
        button("−", { "aria-label": "Show more time (−)", title: "Show more time (−)" }, () => this.setZoom(zoomed(this.zoom, 2))),
        button("+", { "aria-label": "Show less time (+)", title: "Show less time (+)" }, () => this.zoomIn()),
        button("Fit", { title: "Show the whole trace (0)" }, () => this.setZoom(wholeTrace())),
        button("?", { title: "Keys (?)", "aria-label": "Keys" }, () => this.app.showKeys()),
      ),
    ];
    return element("div", { class: "toolbar" }, tools.filter(Boolean));
  }

  /** Once the page is in the document, so that sizes are known. */
  shown() {
    this.drawServices();
    this.drawAxis();
    this.selected = this.trace.root;
    this.waterfall.layOut();
    this.overview.draw();
  }

  resized() {
    this.drawAxis();
    this.waterfall.redraw();
    this.overview.draw();
  }

  drawServices() {
    const buttons = this.trace.services.map((service) => {
      const spans = this.parentsOf(service.name);
      const isCollapsed = spans.length > 0 && spans.every((span) => this.collapsed.has(span));
      const made = button(serviceLabel(service), { class: "service-button", "aria-pressed": String(isCollapsed) }, () => this.toggleService(service.name));
      made.title = `${count(service.spans, "span")}. Press to ${isCollapsed ? "expand" : "collapse"} the spans of this service.`;
      made.disabled = spans.length === 0;
      made.append(element("span", { class: "muted" }, ` ${number(service.spans)}`));
      return made;
    });
    this.services.replaceChildren(...buttons);
  }

  drawAxis() {
    const width = this.axis.clientWidth || 800;
    this.axis.replaceChildren(element("div", { class: "axis-label" }, "Span"), ruler(this.trace, this.zoom, width < 500 ? 3 : 6));
  }

  parentsOf(service) {
    return this.trace.spans.filter((span) => span.service === service && span.children.length);
  }

  changedRows() {
    // A span whose row is hidden cannot stay selected.
    let shown = this.selected;
    for (let one = this.selected; one; one = one.parent) if (one.parent && this.collapsed.has(one.parent)) shown = one.parent;
    if (shown !== this.selected) this.select(shown, false);
    this.drawServices();
    this.waterfall.layOut();
  }

  toggle(span) {
    if (!this.collapsed.delete(span)) this.collapsed.add(span);
    this.changedRows();
  }

  toggleService(service) {
    const spans = this.parentsOf(service);
    const isCollapsed = spans.every((span) => this.collapsed.has(span));
    for (const span of spans) isCollapsed ? this.collapsed.delete(span) : this.collapsed.add(span);
    const place = [...this.services.children].findIndex((one) => one === document.activeElement);
    this.changedRows();
    if (place >= 0) this.services.children[place].focus();
  }

  collapseAll() {
    this.collapsed = new Set(this.trace.spans.filter((span) => span.children.length));
    this.changedRows();
  }

  expandAll() {
    this.collapsed.clear();
    this.changedRows();
  }

  setZoom(zoom) {
    this.zoom = zoom;
    this.overview.show(zoom);
    this.drawAxis();
    this.waterfall.redraw();
  }

  /** Shows half of the time, around the selected span if there is one. */
  zoomIn() {
    const { trace, selected } = this;
    const middle = selected ? ((selected.start + selected.end) / 2 - trace.start) / (trace.duration || 1) : undefined;
    const isShown = middle !== undefined && middle >= this.zoom.from && middle <= this.zoom.to;
    this.setZoom(zoomed(this.zoom, 0.5, isShown ? middle : undefined));
  }

  select(span, showsDetail) {
    this.selected = span;
    if (span) this.expandTo(span);
    if (showsDetail || !this.panel.hidden) this.showDetail();
    this.waterfall.reveal(span);
    this.waterfall.redraw();
    this.app.remember(this.trace, span);
  }

  expandTo(span) {
    let isChanged = false;
    for (let one = span.parent; one; one = one.parent) isChanged = this.collapsed.delete(one) || isChanged;
    if (isChanged) {
      this.drawServices();
      this.waterfall.layOut();
    }
  }

  showDetail() {
    const wasHidden = this.panel.hidden;
    this.panel.hidden = !this.selected;
    this.panel.replaceChildren(...(this.selected ? [detailPanel(this, this.selected)] : []));
    if (wasHidden !== this.panel.hidden) this.drawAxis();
  }

  close() {
    this.panel.hidden = true;
    this.panel.replaceChildren();
    this.resized();
    this.waterfall.node.focus();
  }

  find(query) {
    this.query = query;
    this.words = wordsOf(query);
    this.matches = matchesOf(this.trace, query);
    this.isMatch = new Set(this.matches);
    this.match = -1;
    if (this.matches.length) this.goToMatch(1);
    else this.waterfall.redraw();
    this.showFound();
  }

  goToMatch(by) {
    const all = this.matches.length;
    if (!all) return;
    this.match = this.match < 0 ? (by > 0 ? 0 : all - 1) : (this.match + by + all) % all;
    this.select(this.matches[this.match], false);
    this.showFound();
  }

  showFound() {
    const all = this.matches.length;
    const text = !this.words.length ? "" : all ? `${number(this.match + 1)} of ${number(all)}` : "no match";
    this.found.replaceChildren(text);
  }

  searchKey(event) {
    if (event.key === "Enter") this.goToMatch(event.shiftKey ? -1 : 1);
    else if (event.key === "Escape" && this.search.value) {
      this.search.value = "";
      this.find("");
    } else if (event.key === "Escape" || event.key === "ArrowDown") this.waterfall.node.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  goToError() {
    const failed = this.trace.spans.filter((span) => span.isFailed);
    if (!failed.length) return;
    const at = this.selected ? this.selected.index : -1;
    this.select(failed.find((span) => span.index > at) || failed[0], true);
  }
}
