// Times and numbers as text. All times are in microseconds.

function duration(micros) {
  const size = Math.abs(micros);
  const sign = micros < 0 ? "−" : "";
  if (size < 1000) return `${sign}${Math.round(size)} µs`;
  if (size < 999500) return `${sign}${threeDigits(size / 1e3)} ms`;
  if (size < 119.5e6) return `${sign}${threeDigits(size / 1e6)} s`;
  const seconds = Math.round(size / 1e6);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours ? `${sign}${hours} h ${minutes} min` : `${sign}${minutes} min ${seconds % 60} s`;
}

function threeDigits(value) {
  if (value >= 99.95) return value.toFixed(0);
  return value >= 9.995 ? value.toFixed(1) : value.toFixed(2);
}

/** A time of a trace, from its beginning. */
function offset(micros) {
  return micros < 0 ? duration(micros) : `+${duration(micros)}`;
}

/** A label of the ruler: all of them have the unit of the distance between two. */
function tick(micros, step) {
  const [unit, name] = step >= 1e6 ? [1e6, "s"] : step >= 1e3 ? [1e3, "ms"] : [1, "µs"];
  const digits = Math.max(0, -Math.floor(Math.log10(step / unit) + 1e-9));
  return `${(micros / unit).toFixed(Math.min(digits, 3))} ${name}`;
}

function two(number) {
  return String(number).padStart(2, "0");
}

/** Date and time where the reader is, to the microsecond, with the distance to UTC. */
function dateAndTime(micros) {
  const date = new Date(Math.floor(micros / 1000));
  const rest = String(((micros % 1e6) + 1e6) % 1e6).padStart(6, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${day} ${time}.${rest} ${zone(date)}`;
}

/** The same without microseconds. */
function shortDateAndTime(micros) {
  return dateAndTime(micros).replace(/\.(\d{3})\d{3} .*$/, ".$1");
}

function zone(date) {
  const east = -date.getTimezoneOffset();
  if (east === 0) return "UTC";
  const size = Math.abs(east);
  return `UTC${east < 0 ? "−" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

function number(value) {
  return value.toLocaleString("en");
}

function count(value, one, many) {
  return `${number(value)} ${value === 1 ? one : many || `${one}s`}`;
}

function percent(part, whole) {
  if (!(whole > 0)) return "0%";
  const value = (100 * part) / whole;
  return value > 0 && value < 0.5 ? "<1%" : `${Math.round(value)}%`;
}
