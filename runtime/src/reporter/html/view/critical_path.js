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

/** The operations in which most of the time of the critical path went, each with its slowest span and the number of spans. */
function slowest(path, most) {
  const operations = new Map();
  for (const [span, parts] of path) {
    const key = `${span.service}\n${span.name}`;
    const time = lengthOf(parts);
    const known = operations.get(key) || { span, longest: time, time: 0, spans: 0 };
    if (time > known.longest) Object.assign(known, { span, longest: time });
    operations.set(key, { ...known, time: known.time + time, spans: known.spans + 1 });
  }
  return [...operations.values()].sort((one, other) => other.time - one.time).slice(0, most);
}
