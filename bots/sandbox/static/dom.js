// Elements made from values. Text is always text: nothing here reads markup.

const WEB = new Set(["http:", "https:"]);

/** Return an element; children are nodes or text, and what is null or false is left out. */
export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter(isShown));
  return element;
}

function isShown(child) {
  return child !== null && child !== undefined && child !== false && child !== "";
}

/** Return the address if it is one of the web, else null. */
export function webAddress(address) {
  try {
    const url = new URL(address);
    return WEB.has(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

/** Return a link that opens a new tab, or the words alone if the address is none of the web. */
export function link(address, words, attributes = {}) {
  const href = webAddress(address);
  if (!href) return el("span", {}, words);
  const leads = { href, target: "_blank", rel: "noopener noreferrer", title: href };
  return el("a", { ...leads, ...attributes }, words);
}

/** Return a box that says what a picture shows: pictures are never fetched. */
export function picture(alt, kind) {
  const words = alt || "Picture";
  return el("span", { class: `picture ${kind}`, role: "img", "aria-label": words }, words);
}

/** Return the lines of a text with breaks between them. */
export function lines(text) {
  return text.split("\n").flatMap((line, at) => (at ? [el("br"), line] : [line]));
}

/** Return a time element; both arguments are seconds and what the reader sees. */
export function time(seconds, words) {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return words;
  return el("time", { datetime: date.toISOString(), title: date.toLocaleString() }, words);
}

/**
 * Return the nodes that a text stands for. Each rule is a sticky pattern and what its match
 * becomes (null: it is no match after all); what no rule takes stays text.
 */
export function parsed(text, rules) {
  const nodes = [];
  let plain = "";
  let at = 0;
  while (at < text.length) {
    const found = firstMatch(text, at, rules);
    if (!found) {
      plain += text[at];
      at += 1;
      continue;
    }
    if (plain) nodes.push(plain);
    plain = "";
    nodes.push(found.node);
    at = found.end;
  }
  return plain ? [...nodes, plain] : nodes;
}

function firstMatch(text, at, rules) {
  for (const [pattern, become] of rules) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    const node = match ? become(match, text) : null;
    // Nested texts use the same patterns, so the end is not read from the pattern.
    if (node !== null) return { node, end: at + match[0].length };
  }
  return null;
}
