// Slack's markup, and its plain and rich text.

import { daysFromToday, relative, written } from "./clock.js";
import { el, lines, link, parsed, time } from "./dom.js";

const ENTITIES = { "&amp;": "&", "&lt;": "<", "&gt;": ">" };
const DATES = {
  date_num: (s) => new Date(s * 1000).toLocaleDateString("en-CA"),
  date: (s) => written(s, { dateStyle: "long" }),
  date_long: (s) => written(s, { dateStyle: "full" }),
  date_short: (s) => written(s, { dateStyle: "medium" }),
  time: (s) => written(s, { timeStyle: "short" }),
  time_secs: (s) => written(s, { timeStyle: "medium" }),
  ago: relative,
};
const TAGS = { bold: "strong", italic: "em", strike: "s", code: "code", underline: "u" };

/** Return the nodes of a text object: `plain_text` or `mrkdwn`. */
export function textObject(text, names) {
  if (text.type === "plain_text") return lines(text.text);
  return mrkdwn(text.text, names, !text.verbatim);
}

/** Return the nodes that show mrkdwn; `bare` addresses become links. */
export function mrkdwn(text, names, bare = true) {
  return parsed(text, [
    [/```([\s\S]+?)```/y, (match) => el("pre", {}, el("code", {}, unescaped(match[1].trim())))],
    [/(?<![^\n])&gt; ?(.*)(?:\n|$)/y, (match) => quote(match[1], names, bare)],
    ...inlineRules(names, bare),
    [/\n/y, () => el("br")],
  ]);
}

function inlineRules(names, bare) {
  const styled = (sign, name) => [
    // A sign counts at the edges of words, and not around spaces.
    new RegExp(String.raw`(?<![\w${sign}])${sign}(?=\S)([^\n${sign}]*[^\s${sign}])${sign}(?!\w)`, "y"),
    (match) => el(name, {}, parsed(match[1], inlineRules(names, bare))),
  ];
  const rules = [
    [/`([^`\n]+)`/y, (match) => el("code", {}, unescaped(match[1]))],
    [/<([^<>\n]+)>/y, (match) => token(match[1], names)],
    styled(String.raw`\*`, "strong"),
    styled("_", "em"),
    styled("~", "s"),
    [/&(?:amp|lt|gt);/y, (match) => ENTITIES[match[0]]],
  ];
  const address = /https?:\/\/[^\s<>|]*[^\s<>|.,;:!?)'"*_~]/y;
  return bare ? [...rules, [address, (match) => linkTo(match[0])]] : rules;
}

function quote(text, names, bare) {
  return el("blockquote", {}, parsed(text, inlineRules(names, bare)));
}

/** Return what `<…>` stands for. */
function token(inner, names) {
  const [target, ...rest] = inner.split("|");
  const label = unescaped(rest.join("|"));
  if (target.startsWith("@")) return mention(`@${names[target.slice(1)] ?? (label || "someone")}`);
  if (target.startsWith("#")) return mention(`#${names[target.slice(1)] ?? (label || "channel")}`);
  if (target.startsWith("!date^")) return markupDate(target, label);
  if (target.startsWith("!")) return mention(`@${label || target.slice(1).split("^")[0]}`);
  return linkTo(target, label);
}

function linkTo(target, label = "") {
  const address = unescaped(target);
  return link(address, label || address);
}

function markupDate(target, fallback) {
  const [, seconds, format, address] = target.split("^");
  const shown = date(Number(seconds), unescaped(format ?? ""), fallback);
  return address ? link(unescaped(address), shown) : shown;
}

/** Return a date in Slack's format, or the fallback if it is none. */
export function date(seconds, format, fallback) {
  if (!Number.isFinite(seconds) || seconds < 0 || seconds > 8.64e12) return fallback;
  return time(seconds, format.replace(/\{(\w+)\}/g, (whole, name) => dated(seconds, name) ?? whole));
}

function dated(seconds, name) {
  const plain = name.replace(/_pretty$/, "");
  const near = { "-1": "yesterday", 0: "today", 1: "tomorrow" }[daysFromToday(seconds)];
  return plain !== name && near ? near : DATES[plain]?.(seconds);
}

/** Return the nodes of the elements of a rich text. */
export function richElements(elements, names) {
  return elements.map((element) => styled(element, richElement(element, names)));
}

function richElement(element, names) {
  switch (element.type) {
    case "text":
      return lines(element.text);
    case "link":
      return link(element.url, element.text || element.url);
    case "emoji":
      return emoji(element);
    case "user":
      return mention(`@${names[element.user_id] ?? "someone"}`);
    case "channel":
      return mention(`#${names[element.channel_id] ?? "channel"}`);
    case "broadcast":
      return mention(`@${element.range}`);
    case "usergroup":
      return mention(`@${names[element.usergroup_id] ?? "group"}`);
    case "date":
      return date(element.timestamp, element.format, element.fallback ?? "");
    case "color":
      return el("code", {}, element.value);
    default:
      return "";
  }
}

function styled(element, nodes) {
  const chosen = Object.keys(TAGS).filter((name) => element.style?.[name]);
  return chosen.reduce((inner, name) => el(TAGS[name], {}, inner), nodes);
}

function emoji(element) {
  if (!element.unicode) return `:${element.name}:`;
  return String.fromCodePoint(...element.unicode.split("-").map((hex) => parseInt(hex, 16)));
}

function mention(words) {
  return el("span", { class: "mention" }, words);
}

function unescaped(text) {
  return text.replace(/&(?:amp|lt|gt);/g, (entity) => ENTITIES[entity]);
}
