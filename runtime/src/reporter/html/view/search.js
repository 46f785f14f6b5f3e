// Search in the names, services, tags, log records and ids of spans.

function wordsOf(query) {
  return query.toLowerCase().split(/\s+/).filter(Boolean);
}

/** The spans that have all words of the query, in the order of the tree. */
function matchesOf(trace, query) {
  const words = wordsOf(query);
  if (!words.length) return [];
  return trace.spans.filter((span) => words.every((word) => haystack(span).includes(word)));
}

function haystack(span) {
  if (span.haystack === undefined) {
    const pairs = (tags) => (tags || []).map((tag) => `${tag.key}=${tag.value}`);
    const logs = span.logs.flatMap((log) => pairs(log.fields));
    span.haystack = [span.name, span.service, span.id, ...pairs(span.tags), ...logs].join("\n").toLowerCase();
  }
  return span.haystack;
}

/** Whether a trace has all words in its name, its services, its id or in one of its spans. */
function traceMatches(trace, words) {
  const text = `${trace.root.name}\n${trace.id}\n${trace.services.map((one) => one.name).join("\n")}`.toLowerCase();
  if (words.every((word) => text.includes(word))) return true;
  return trace.spans.some((span) => words.every((word) => haystack(span).includes(word)));
}
