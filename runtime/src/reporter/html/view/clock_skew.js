// Clocks of different hosts differ. A child that another host ran is moved into its parent, as Jaeger's query service does.

/** What tells two clocks apart. */
function clockOf(span) {
  const tags = span.process.tags || [];
  const host = ["ip", "host.ip", "hostname", "host.name"]
    .map((key) => tags.find((tag) => tag.key === key))
    .find((tag) => tag && tag.value !== "");
  return host ? String(host.value) : span.service;
}

function adjustClocks(trace) {
  const open = trace.tops.map((span) => ({ span, shift: 0, clock: clockOf(span) }));
  while (open.length) {
    const { span, clock, shift: inherited } = open.pop();
    const own = clockOf(span);
    const isElsewhere = span.parent && own !== clock && !span.isFollower;
    const shift = isElsewhere ? skew(span, span.parent) : inherited;
    move(span, shift);
    for (const child of span.children) open.push({ span: child, shift, clock: own });
  }
}

/** By how much a child must be moved. The parent has been moved before. */
function skew(child, parent) {
  if (child.duration > parent.duration) return Math.max(0, parent.start - child.start);
  if (child.start >= parent.start && child.end <= parent.end) return 0;
  const latency = Math.floor((parent.duration - child.duration) / 2);
  return parent.start + latency - child.start;
}

function move(span, shift) {
  if (shift === 0) return;
  span.shift = shift;
  span.start += shift;
  span.end += shift;
  const way = shift > 0 ? "later" : "earlier";
  span.warnings.push(
    `The clock of ${visibleText(clockOf(span))} differs from that of the parent: this span and its records are shown ${duration(Math.abs(shift))} ${way} than they were sent.`,
  );
}
