// Elements. What comes from spans enters the page here only, and always as text.

const HIDDEN_CHARACTER =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]/u;

/** An element with attributes and children; children that are no nodes become text. */
function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (typeof value === "function") made.addEventListener(key, value);
    else if (value !== undefined && value !== null && value !== false) made.setAttribute(key, value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

function button(label, attributes, action) {
  return element("button", { type: "button", ...attributes, click: action }, ...[label].flat());
}

/** Text in which characters that cannot be seen stand as their code. Lines stay only if the text may have several. */
function visible(text, mayHaveLines) {
  const nodes = [];
  let plain = "";
  for (const char of String(text)) {
    const isLine = char === "\n" || char === "\t";
    if (!(isLine ? !mayHaveLines : HIDDEN_CHARACTER.test(char))) {
      plain += char;
      continue;
    }
    if (plain) nodes.push(plain);
    plain = "";
    nodes.push(element("span", { class: "hidden-character" }, codeOf(char)));
  }
  if (plain) nodes.push(plain);
  return nodes;
}

/** The same as one text, for titles and labels. */
function visibleText(text) {
  return [...String(text)]
    .map((char) => (char === "\n" || char === "\t" || HIDDEN_CHARACTER.test(char) ? codeOf(char) : char))
    .join("");
}

/** The name of a span. One that cannot be seen has words in its place, or its link could not be seen either. */
function nameOf(name, words) {
  return hasNoName(name) ? [element("i", { class: "no-name" }, NO_NAME)] : marked(name, words || []);
}

/** The same as one text. */
function nameText(name) {
  return hasNoName(name) ? NO_NAME : visibleText(name);
}

const NO_NAME = "(no name)";

function hasNoName(name) {
  return visibleText(name).trim() === "";
}

function codeOf(char) {
  return "U+" + char.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
}

/** Visible text with the words of a search marked. */
function marked(text, words, mayHaveLines) {
  const source = String(text);
  const lower = source.toLowerCase();
  const ranges = [];
  // Where lower case has another length, places cannot be compared.
  for (const word of lower.length === source.length ? words : []) {
    for (let at = lower.indexOf(word); at >= 0; at = lower.indexOf(word, at + word.length)) {
      ranges.push([at, at + word.length]);
    }
  }
  ranges.sort((one, other) => one[0] - other[0]);
  const nodes = [];
  let done = 0;
  for (const [from, to] of ranges) {
    if (from < done) continue;
    nodes.push(...visible(source.slice(done, from), mayHaveLines));
    nodes.push(element("mark", {}, ...visible(source.slice(from, to), mayHaveLines)));
    done = to;
  }
  return [...nodes, ...visible(source.slice(done), mayHaveLines)];
}

/** The sign of an error: a shape and a word, not only a colour. */
function errorSign(word) {
  const sign = element("span", { class: "error-sign" });
  sign.append(element("span", { class: "error-shape", "aria-hidden": "true" }, "!"), word || "error");
  return sign;
}
