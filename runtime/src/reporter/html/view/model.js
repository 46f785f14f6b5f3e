// Traces as the page shows them, read from Jaeger's JSON.

/** All traces of a document. A service has the same number, and so the same colour, in all of them. */
function readTraces(json) {
  const services = new Map();
  const data = Array.isArray(json && json.data) ? json.data : [];
  return data.map((trace) => readTrace(trace, services)).filter((trace) => trace.spans.length);
}

function readTrace(json, services) {
  const processes = json.processes || {};
  const spans = (json.spans || []).map((span) => readSpan(span, processes, services));
  const trace = { id: String(json.traceID), spans, services: servicesOf(spans) };
  linkParents(trace);
  adjustClocks(trace);
  const inOrder = treeOrder(trace);
  inOrder.forEach((span, index) => (span.index = index));
  trace.spans = inOrder;
  trace.byId = new Map(inOrder.map((span) => [span.id, span]));
  trace.start = inOrder.reduce((first, span) => Math.min(first, span.start), Infinity);
  trace.end = inOrder.reduce((last, span) => Math.max(last, span.end), -Infinity);
  trace.duration = trace.end - trace.start;
  trace.errors = inOrder.filter((span) => span.isFailed).length;
  trace.root = trace.tops.find((span) => !span.missingParent) || trace.tops[0];
  return trace;
}

function readSpan(json, processes, services) {
  const process = processes[json.processID] || {};
  const service = String(process.serviceName || "unknown service");
  if (!services.has(service)) services.set(service, services.size);
  const tags = json.tags || [];
  const start = Number(json.startTime) || 0;
  const length = Math.max(0, Number(json.duration) || 0);
  return {
    id: String(json.spanID),
    traceId: String(json.traceID),
    name: String(json.operationName),
    service,
    colour: services.get(service) % 10,
    process,
    references: json.references || [],
    startBefore: start,
    start,
    duration: length,
    end: start + length,
    tags,
    logs: json.logs || [],
    warnings: [...(json.warnings || [])],
    isFailed: tags.some(isErrorTag),
    isOpen: tags.some((tag) => tag.key === "unfinished" && tag.value === true),
    parent: null,
    children: [],
    depth: 0,
    shift: 0,
  };
}

function isErrorTag(tag) {
  if (tag.key !== "error") return false;
  return tag.value === true || (typeof tag.value === "string" && tag.value !== "" && tag.value !== "false");
}

function servicesOf(spans) {
  const services = new Map();
  for (const span of spans) {
    const known = services.get(span.service) || { name: span.service, colour: span.colour, spans: 0, errors: 0 };
    known.spans += 1;
    known.errors += span.isFailed ? 1 : 0;
    services.set(span.service, known);
  }
  return [...services.values()].sort((one, other) => other.spans - one.spans);
}

/** Hangs each span below its parent, or below the span that it follows. */
function linkParents(trace) {
  const byId = new Map(trace.spans.map((span) => [span.id, span]));
  for (const span of trace.spans) {
    const own = span.references.filter((reference) => reference.traceID === span.traceId);
    const reference = own.find((one) => one.refType === "CHILD_OF") || own[0];
    if (!reference) continue;
    const parent = byId.get(String(reference.spanID));
    if (parent === undefined) span.missingParent = String(reference.spanID);
    else if (parent !== span) span.parent = parent;
    span.isFollower = reference.refType !== "CHILD_OF";
  }
  cutCircles(trace.spans);
  trace.tops = trace.spans.filter((span) => !span.parent);
  for (const span of trace.spans) if (span.parent) span.parent.children.push(span);
}

/** Spans that are each other's ancestors would not be shown at all. */
function cutCircles(spans) {
  const isSafe = new Set();
  for (const span of spans) {
    const way = new Set();
    let one = span;
    while (one && !isSafe.has(one) && !way.has(one)) {
      way.add(one);
      one = one.parent;
    }
    if (one && way.has(one)) {
      one.warnings.push("This span is an ancestor of itself. It is shown as the top of a tree.");
      one.parent = null;
    }
    way.forEach((safe) => isSafe.add(safe));
  }
}

/** All spans, each before its children, siblings by their start. */
function treeOrder(trace) {
  const byStart = (one, other) => one.start - other.start;
  const order = [];
  const open = trace.tops.sort(byStart).slice().reverse();
  while (open.length) {
    const span = open.pop();
    span.depth = span.parent ? span.parent.depth + 1 : 0;
    order.push(span);
    span.children.sort(byStart);
    for (let nth = span.children.length - 1; nth >= 0; nth--) open.push(span.children[nth]);
  }
  return order;
}

/** How long a span did not wait for its children. */
function selfTime(span) {
  let covered = 0;
  let until = span.start;
  for (const child of span.children) {
    const from = Math.max(child.start, until);
    const to = Math.min(child.end, span.end);
    if (to > from) covered += to - from;
    until = Math.max(until, Math.min(child.end, span.end));
  }
  return span.duration - covered;
}

/** What stands behind the duration of a span that had not ended when it was reported. */
function soFar(span) {
  return span.isOpen ? " so far" : "";
}

/** "GET /sync · 2.31 s · 14 spans · 1 error" */
function titleOf(trace) {
  const parts = [nameText(trace.root.name), duration(trace.duration) + soFar(trace.root), count(trace.spans.length, "span")];
  if (trace.errors) parts.push(count(trace.errors, "error"));
  return parts.join(" · ");
}
