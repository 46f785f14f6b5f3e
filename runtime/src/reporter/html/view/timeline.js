// The time axis: the part of the trace that is shown, the ruler, and the overview of the whole trace.

const SHORTEST = 1e-6;

/** The part of a trace that is shown, as fractions of it. */
function wholeTrace() {
  return { from: 0, to: 1 };
}

/** The part with the given width around a point. */
function zoomed(zoom, factor, around) {
  const width = Math.min(1, Math.max(SHORTEST, (zoom.to - zoom.from) * factor));
  const middle = around === undefined ? (zoom.from + zoom.to) / 2 : around;
  const place = (middle - zoom.from) / (zoom.to - zoom.from);
  return clamped(middle - width * place, width);
}

function panned(zoom, part) {
  const width = zoom.to - zoom.from;
  return clamped(zoom.from + width * part, width);
}

function clamped(from, width) {
  const first = Math.min(Math.max(0, from), 1 - width);
  return { from: first, to: first + width };
}

/** Distances of 1, 2 or 5 times a power of ten, at most `most` of them. */
function tickStep(length, most) {
  const raw = Math.max(1, length / most);
  const power = 10 ** Math.floor(Math.log10(raw));
  return power * [1, 2, 5, 10].find((factor) => factor * power >= raw * 0.999);
}

function ruler(trace, zoom, most) {
  const from = zoom.from * trace.duration;
  const length = (zoom.to - zoom.from) * trace.duration;
  const marks = element("div", { class: "ruler", "aria-hidden": "true" });
  if (!(length > 0)) return marks;
  const step = tickStep(length, most);
  for (let at = Math.ceil(from / step) * step; at <= from + length; at += step) {
    const place = (at - from) / length;
    if (place > 0.97) break;
    const mark = element("span", { class: "tick" }, tick(at, step));
    mark.style.left = `${100 * place}%`;
    marks.append(mark);
  }
  return marks;
}

/** The whole trace in small. Dragging in it shows a part; arrows, + and - work too. */
class Overview {
  constructor(trace, zoom, onZoom) {
    this.trace = trace;
    this.onZoom = onZoom;
    this.canvas = element("canvas", {});
    this.window = element("div", { class: "overview-window" });
    this.node = element(
      "div",
      {
        class: "overview",
        tabindex: "0",
        role: "group",
        "aria-label": "Overview. Arrow keys move the part that is shown, plus and minus change its size, 0 shows all.",
      },
      this.canvas,
      this.window,
    );
    this.node.addEventListener("pointerdown", (event) => this.startDrag(event));
    this.node.addEventListener("dblclick", () => this.onZoom(wholeTrace()));
    this.show(zoom);
  }

  show(zoom) {
    this.zoom = zoom;
    this.mark(zoom.from, zoom.to);
    this.window.hidden = zoom.from === 0 && zoom.to === 1;
  }

  mark(from, to) {
    this.window.style.left = `${100 * from}%`;
    this.window.style.width = `${100 * (to - from)}%`;
  }

  draw() {
    const { width, height } = this.node.getBoundingClientRect();
    const scale = window.devicePixelRatio || 1;
    this.canvas.width = Math.max(1, Math.round(width * scale));
    this.canvas.height = Math.max(1, Math.round(height * scale));
    const paper = this.canvas.getContext("2d");
    const { spans, start, duration: length } = this.trace;
    const style = getComputedStyle(this.node);
    const colours = Array.from({ length: 10 }, (_, nth) => style.getPropertyValue(`--colour-${nth}`));
    const failed = style.getPropertyValue("--error");
    const step = this.canvas.height / Math.max(spans.length, 12);
    const thickness = Math.max(1, Math.min(4 * scale, step * 0.8));
    const across = this.canvas.width / (length || 1);
    spans.forEach((span, nth) => {
      paper.fillStyle = span.isFailed ? failed : colours[span.colour];
      const size = Math.max(scale, span.duration * across);
      paper.fillRect((span.start - start) * across, nth * step, size, span.isFailed ? thickness * 2 : thickness);
    });
  }

  placeOf(event) {
    const { left, width } = this.node.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - left) / width));
  }

  startDrag(event) {
    if (event.button !== 0) return;
    const first = this.placeOf(event);
    this.node.setPointerCapture(event.pointerId);
    const move = (moved) => {
      const other = this.placeOf(moved);
      this.window.hidden = false;
      this.mark(Math.min(first, other), Math.max(first, other));
    };
    const end = (ended) => {
      this.node.removeEventListener("pointermove", move);
      this.node.removeEventListener("pointerup", end);
      this.node.removeEventListener("pointercancel", end);
      const other = this.placeOf(ended);
      const [from, to] = [Math.min(first, other), Math.max(first, other)];
      // A click is no drag.
      if (ended.type === "pointerup" && to - from > 0.005) this.onZoom({ from, to });
      else this.show(this.zoom);
    };
    this.node.addEventListener("pointermove", move);
    this.node.addEventListener("pointerup", end);
    this.node.addEventListener("pointercancel", end);
  }
}
