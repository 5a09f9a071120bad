// Discord's markdown.

import { relative, written } from "./clock.js";
import { el, link, parsed, time } from "./dom.js";

const INSIDE = String.raw`((?:\\[\s\S]|[^\\])+?)`;
const STYLES = {
  t: { timeStyle: "short" },
  T: { timeStyle: "medium" },
  d: { dateStyle: "short" },
  D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" },
  F: { dateStyle: "full", timeStyle: "short" },
};
const FENCE = /^```(?:[\w+-]*\n)?([\s\S]*?)\n?```/;
const HEADING = /^(#{1,3})\s+(.+)/;
const SMALL = /^-#\s+(.+)/;
const QUOTE = /^>\s(.*)/;
const ITEM = /^(\s*)(?:[-*]|(\d+)\.)\s+(.+)/;

/** Return the nodes that show a text; `names` says what ids stand for. */
export function markdown(text, names) {
  const nodes = [];
  let rest = text;
  while (rest) {
    const fence = FENCE.exec(rest);
    if (fence) {
      nodes.push(el("pre", {}, el("code", {}, fence[1])));
      rest = rest.slice(fence[0].length).replace(/^\n/, "");
      continue;
    }
    const next = rest.indexOf("\n```");
    const part = next < 0 ? rest : rest.slice(0, next);
    nodes.push(...blocks(part.split("\n"), names));
    rest = next < 0 ? "" : rest.slice(next + 1);
  }
  return nodes;
}

function blocks(lines, names) {
  const nodes = [];
  let at = 0;
  while (at < lines.length) {
    const [node, taken] = block(lines, at, names);
    nodes.push(node);
    at += taken;
  }
  return nodes;
}

/** Return the element that begins at a line, and how many lines it takes. */
function block(lines, at, names) {
  const line = lines[at];
  const heading = HEADING.exec(line);
  if (heading) {
    const level = heading[1].length;
    const role = { class: `heading level-${level}`, role: "heading", "aria-level": level + 2 };
    return [el("div", role, inline(heading[2], names)), 1];
  }
  const small = SMALL.exec(line);
  if (small) return [el("div", { class: "small" }, inline(small[1], names)), 1];
  if (line.startsWith(">>> ")) {
    const all = [line.slice(4), ...lines.slice(at + 1)];
    return [el("blockquote", {}, blocks(all, names)), all.length];
  }
  const quoted = whileMatching(lines, at, QUOTE);
  if (quoted.length) {
    const inner = blocks(quoted.map((match) => match[1]), names);
    return [el("blockquote", {}, inner), quoted.length];
  }
  const items = oneList(whileMatching(lines, at, ITEM));
  if (items.length) return [list(items, names), items.length];
  return [el("div", { class: "line" }, line ? inline(line, names) : "\u00a0"), 1];
}

function whileMatching(lines, at, pattern) {
  const found = [];
  for (const line of lines.slice(at)) {
    const match = pattern.exec(line);
    if (!match) break;
    found.push(match);
  }
  return found;
}

/** Return the items up to where a list of the other kind begins. */
function oneList(items) {
  const differs = ([, indent, number]) =>
    indent.length <= items[0][1].length && Boolean(number) !== Boolean(items[0][2]);
  const end = items.findIndex(differs);
  return end < 0 ? items : items.slice(0, end);
}

/** Return a list; items that are indented further stand below the one before. */
function list(items, names) {
  const indent = items[0][1].length;
  const start = items[0][2];
  const element = el(start ? "ol" : "ul", start ? { start } : {});
  for (let at = 0; at < items.length; ) {
    const item = el("li", {}, inline(items[at][3], names));
    let end = at + 1;
    while (end < items.length && items[end][1].length > indent) end += 1;
    if (end > at + 1) item.append(list(items.slice(at + 1, end), names));
    element.append(item);
    at = end;
  }
  return element;
}

function inline(text, names) {
  return parsed(text, rules(names));
}

function rules(names) {
  const wrapped = (pattern, name, attributes = {}) => [
    new RegExp(pattern, "y"),
    (match) => el(name, attributes, inline(match[1], names)),
  ];
  return [
    [/\\([^A-Za-z0-9\s])/y, (match) => match[1]],
    [/(`+)([\s\S]*?[^`])\1(?!`)/y, (match) => el("code", {}, match[2].trim())],
    wrapped(String.raw`\*\*${INSIDE}\*\*(?!\*)`, "strong"),
    wrapped(String.raw`__${INSIDE}__(?!_)`, "u"),
    wrapped(String.raw`\*(?=\S)${INSIDE}\*(?!\*)`, "em"),
    wrapped(String.raw`\b_${INSIDE}_\b`, "em"),
    wrapped(String.raw`~~${INSIDE}~~`, "s"),
    [new RegExp(String.raw`\|\|${INSIDE}\|\|`, "y"), (match) => spoiler(match[1], names)],
    [masked, (match) => link(match[2], inline(match[1], names))],
    [/<(https?:\/\/[^\s<>]+)>/y, (match) => link(match[1], match[1])],
    [/https?:\/\/[^\s<>]*[^\s<>.,:;"'\])]/y, (match) => link(match[0], match[0])],
    [/<t:(-?\d{1,13})(?::([tTdDfFR]))?>/y, (match) => date(Number(match[1]), match[2] ?? "f")],
    [/<@!?(\d+)>/y, (match) => mention(`@${names[match[1]] ?? "unknown-user"}`)],
    [/<@&(\d+)>/y, (match) => mention(`@${names[match[1]] ?? "unknown-role"}`)],
    [/<#(\d+)>/y, (match) => mention(`#${names[match[1]] ?? "unknown"}`)],
    [/@(?:everyone|here)\b/y, (match) => mention(match[0])],
  ];
}

// Parentheses inside an address are part of it if they come in pairs.
const masked =
  /\[((?:\\[\s\S]|[^\[\]\\])+)\]\(<?(https?:\/\/(?:[^\s()<>]|\([^\s()<>]*\))+)>?\)/y;

function spoiler(text, names) {
  const reveal = (event) => {
    event.currentTarget.classList.add("shown");
    event.currentTarget.setAttribute("aria-expanded", "true");
  };
  const hidden = el("span", {}, inline(text, names));
  const about = { type: "button", class: "spoiler", "aria-expanded": "false", onclick: reveal };
  return el("button", { ...about, title: "Spoiler" }, hidden);
}

function date(seconds, style) {
  if (Math.abs(seconds) > 8.64e12) return `<t:${seconds}:${style}>`;
  return time(seconds, style === "R" ? relative(seconds) : written(seconds, STYLES[style]));
}

function mention(words) {
  return el("span", { class: "mention" }, words);
}
