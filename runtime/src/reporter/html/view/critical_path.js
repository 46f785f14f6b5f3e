// The critical path: at each moment of a trace, the span for which all others waited.

/** The parts of the critical path, by span: `[from, to]` in the order from the end to the start. */
function criticalPath(root) {
  const parts = new Map();
  const add = (span, from, to) => {
    if (to <= from) return;
    if (!parts.has(span)) parts.set(span, []);
    parts.get(span).push([from, to]);
  };
  const open = [frame(root, root.start, root.end)];
  while (open.length) {
    const current = open[open.length - 1];
    const child = lastChildBefore(current);
    if (child) {
      add(current.span, child.to, current.until);
      current.until = child.from;
      open.push(frame(child.span, child.from, child.to));
    } else {
      add(current.span, current.from, current.until);
      open.pop();
    }
  }
  return parts;
}

/** A span, and those of its children for which it waits, the last to end first. */
function frame(span, from, until) {
  const children = span.children
    .filter((child) => !child.isFollower)
    .map((child) => ({ span: child, from: Math.max(child.start, from), to: Math.min(child.end, until) }))
    .filter((child) => child.to > child.from)
    .sort((one, other) => other.to - one.to);
  return { span, from, until, children, next: 0 };
}

function lastChildBefore(current) {
  while (current.next < current.children.length) {
    const child = current.children[current.next++];
    if (child.to <= current.until) return child;
  }
  return null;
}

function lengthOf(parts) {
  return (parts || []).reduce((sum, [from, to]) => sum + to - from, 0);
}

/** The spans in which most of the time of the critical path went, with their part. */
function slowest(path, most) {
  const spans = [...path].map(([span, parts]) => ({ span, time: lengthOf(parts) }));
  return spans.sort((one, other) => other.time - one.time).slice(0, most);
}
