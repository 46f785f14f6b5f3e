// All that is known about one span.

const LONGEST_VALUE = 400;

function detailPanel(page, span) {
  const close = button("×", { class: "close", "aria-label": "Close", title: "Close (Esc)" }, () => page.close());
  const title = element("h2", {}, ...nameOf(span.name, page.words));
  return element(
    "aside",
    { class: "detail", "aria-label": `Span ${nameText(span.name)}`, tabindex: "-1" },
    element("div", { class: `detail-head colour-${span.colour}` }, title, serviceLabel({ name: span.service, colour: span.colour }), close),
    element(
      "div",
      { class: "detail-body" },
      errorBox(page, span),
      span.warnings.map((warning) => element("p", { class: "warning" }, ...visible(warning))),
      missingParentNote(span),
      facts(page, span),
      tagSection("Tags", span.tags, page.words, true),
      logSection(page, span),
      referenceSection(page, span),
      tagSection("Process", span.process.tags || [], page.words, false),
    ),
  );
}

/** What went wrong, as far as tags and log records say so. */
function errorBox(page, span) {
  if (!span.isFailed) return null;
  const isError = (log) => (log.fields || []).some((field) => field.key === "event" && field.value === "error");
  const record = span.logs.find(isError);
  const fields = [...(record ? record.fields : []), ...span.tags];
  const said = ["message", "error.message", "error.object", "error", "error.kind"]
    .map((key) => fields.find((field) => field.key === key && typeof field.value === "string"))
    .find(Boolean);
  const box = element("p", { class: "error-box" }, errorSign("error"));
  if (said) box.append(" ", ...marked(said.value.slice(0, LONGEST_VALUE), page.words));
  return box;
}

function missingParentNote(span) {
  if (!span.missingParent) return null;
  return element("p", { class: "warning" }, `Its parent ${visibleText(span.missingParent)} is not in this document.`);
}

function facts(page, span) {
  const { trace, path } = page;
  const critical = lengthOf(path.get(span));
  const rows = [
    ["Duration", `${duration(span.duration)}${soFar(span)} (${percent(span.duration, trace.duration)} of the trace)`],
    ["Self time", `${duration(selfTime(span))} (${percent(selfTime(span), span.duration)})`],
    ["Critical path", critical ? `${duration(critical)} (${percent(critical, trace.root.duration)})` : "not on it"],
    ["Start", [offset(span.start - trace.start), " · ", time(span.startBefore)]],
    span.shift ? ["Clock", `shown ${offset(span.shift)} from what was sent`] : null,
    span.parent ? ["Parent", spanLink(page, span.parent)] : null,
    ["Children", number(span.children.length)],
    ["Span id", element("code", {}, ...visible(span.id))],
    ["Trace id", element("code", {}, ...visible(span.traceId))],
  ];
  const list = element("dl", { class: "facts" });
  for (const row of rows.filter(Boolean)) list.append(element("dt", {}, row[0]), element("dd", {}, ...[row[1]].flat()));
  return list;
}

function time(micros) {
  return element("time", { datetime: new Date(Math.floor(micros / 1000)).toISOString() }, dateAndTime(micros));
}

function spanLink(page, span) {
  const go = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    page.select(span, true);
  };
  return element("a", { href: hashOf(page.trace, span), class: "span-link", click: go }, ...nameOf(span.name));
}

function tagSection(title, tags, words, isOpen) {
  if (!tags.length) return null;
  const section = element("details", { class: "section" }, element("summary", {}, `${title} `, element("span", { class: "muted" }, number(tags.length))));
  section.open = isOpen;
  section.append(tagTable(tags, words));
  return section;
}

function tagTable(tags, words) {
  const rows = tags.map((tag) =>
    element(
      "tr",
      { class: isErrorTag(tag) ? "failed" : null },
      element("th", { scope: "row", title: tag.type ? `type ${visibleText(tag.type)}` : null }, ...marked(tag.key, words)),
      element("td", {}, valueOf(tag, words)),
    ),
  );
  return element("table", { class: "tags" }, element("tbody", {}, rows));
}

function valueOf(tag, words) {
  const text = typeof tag.value === "object" ? JSON.stringify(tag.value) : String(tag.value);
  const value = element("span", { class: `value value-${typeof tag.value}` });
  if (text.length <= LONGEST_VALUE) {
    value.append(...marked(text, words, true));
    return value;
  }
  value.append(...marked(text.slice(0, LONGEST_VALUE), words, true), "… ");
  const all = button(`show all ${number(text.length)} characters`, { class: "link" }, () => {
    value.replaceChildren(...marked(text, words, true));
  });
  value.append(all);
  return value;
}

function logSection(page, span) {
  if (!span.logs.length) return null;
  const logs = [...span.logs].sort((one, other) => one.timestamp - other.timestamp);
  const items = logs.map((log) => {
    const sent = Number(log.timestamp);
    const fields = log.fields || [];
    const event = fields.find((field) => field.key === "event");
    const rest = fields.filter((field) => field !== event);
    const isError = Boolean(event) && event.value === "error";
    const head = element("div", { class: "log-head" }, element("span", { class: "number" }, offset(sent - span.startBefore)));
    if (isError) head.append(errorSign("error"));
    else if (event) head.append(element("span", { class: "event" }, valueOf(event, page.words)));
    head.append(element("span", { class: "muted absolute" }, time(sent)));
    return element("li", { class: isError ? "failed" : null }, head, rest.length ? tagTable(rest, page.words) : null);
  });
  const section = element("details", { class: "section" }, element("summary", {}, "Logs ", element("span", { class: "muted" }, number(logs.length))));
  section.open = true;
  section.append(element("ol", { class: "logs" }, items));
  return section;
}

function referenceSection(page, span) {
  const others = span.references.filter((reference) => !span.parent || String(reference.spanID) !== span.parent.id || reference.refType !== "CHILD_OF");
  if (!others.length) return null;
  const items = others.map((reference) => {
    const kind = reference.refType === "CHILD_OF" ? "child of" : "follows from";
    return element("li", {}, element("span", { class: "muted" }, `${kind} `), referenceTarget(page, reference));
  });
  const section = element("details", { class: "section" }, element("summary", {}, "References ", element("span", { class: "muted" }, number(others.length))));
  section.open = true;
  section.append(element("ul", { class: "references" }, items));
  return section;
}

/** A link if the other span is in this document, else its ids. */
function referenceTarget(page, reference) {
  const [traceId, spanId] = [String(reference.traceID), String(reference.spanID)];
  const trace = page.app.byId.get(traceId);
  const span = trace && trace.byId.get(spanId);
  if (span && trace === page.trace) return spanLink(page, span);
  if (span) return element("a", { href: hashOf(trace, span) }, ...nameOf(span.name));
  const where = `${visibleText(traceId)}:${visibleText(spanId)}`;
  return element("span", {}, element("code", {}, where), element("span", { class: "muted" }, " (not in this document)"));
}
