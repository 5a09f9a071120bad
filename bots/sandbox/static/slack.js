// Slack's messages: Block Kit, and plain ones.

import { el, link, picture } from "./dom.js";
import { inputOf } from "./slack-inputs.js";
import { mrkdwn, richElements, textObject } from "./slack-mrkdwn.js";

/** Return the nodes that show what a message says. `press(…)` is called for a button. */
export function slackBody(message, { names, press, channels }) {
  const { text, blocks } = message.body;
  const context = { names, press, channels };
  return [
    ...(blocks?.length
      ? blocks.map((block) => drawn(block, { ...context, block: block.block_id }))
      : [el("div", { class: "text" }, mrkdwn(text, names))]),
  ];
}

/** Return the nodes of the blocks of a view; `context` says what stands in it and what can be done. */
export function slackBlocks(blocks, context) {
  return blocks.map((block) => drawn(block, { ...context, block: block.block_id }));
}

function drawn(block, context) {
  switch (block.type) {
    case "input":
      return asked(block, context);
    case "header":
      return heading(block);
    case "section":
      return section(block, context);
    case "rich_text":
      return el("div", { class: "rich" }, block.elements.map((part) => rich(part, context.names)));
    case "context":
      return el("div", { class: "context" }, block.elements.map((one) => small(one, context)));
    case "divider":
      return el("hr");
    case "actions":
      return el("div", { class: "actions" }, block.elements.map((one) => pressable(one, context)));
    case "image":
      return [block.title && el("div", {}, block.title.text), picture(block.alt_text, "wide")];
    default:
      return el("div", { class: "unknown" }, `A block of the kind ${block.type}`);
  }
}

function asked(block, context) {
  const error = context.errors?.[block.block_id];
  const field = pressable(block.element, { ...context, isAsked: true });
  return el(
    "div",
    { class: "asked-for" },
    el("div", { class: "asked-label" }, block.label.text),
    field,
    block.hint && el("p", { class: "asked-hint" }, block.hint.text),
    error && el("p", { class: "asked-error", role: "alert" }, error),
  );
}

function heading(block) {
  const role = { class: "header", role: "heading", "aria-level": 3 };
  return el("div", role, textObject(block.text, {}));
}

function section(block, context) {
  const fields = block.fields?.map((f) => el("div", {}, textObject(f, context.names)));
  const words = el(
    "div",
    { class: "words" },
    block.text && el("div", { class: "text" }, textObject(block.text, context.names)),
    fields && el("div", { class: "fields" }, fields),
  );
  const accessory = block.accessory && pressable(block.accessory, context);
  return el("div", { class: "section" }, words, accessory);
}

function small(element, { names }) {
  if (element.type === "image") return picture(element.alt_text, "tiny");
  return el("span", {}, textObject(element, names));
}

function rich(part, names) {
  switch (part.type) {
    case "rich_text_list":
      return list(part, names);
    case "rich_text_quote":
      return el("blockquote", {}, richElements(part.elements, names));
    case "rich_text_preformatted":
      return el("pre", {}, el("code", {}, richElements(part.elements, names)));
    default:
      return el("div", { class: "text" }, richElements(part.elements, names));
  }
}

function list(part, names) {
  const items = part.elements.map((item) => el("li", {}, richElements(item.elements, names)));
  const start = part.offset ? { start: part.offset + 1 } : {};
  const name = { class: `indent-${part.indent ?? 0}` };
  return part.style === "ordered" ? el("ol", { ...name, ...start }, items) : el("ul", name, items);
}

function pressable(element, context) {
  switch (element.type) {
    case "image":
      return picture(element.alt_text, "accessory");
    case "button":
      return button(element, context);
    case "overflow":
      return overflow(element, context);
    default: {
      const input = chooser(element, context);
      if (input) return input;
      const words = element.placeholder?.text ?? "A menu";
      return el("button", { type: "button", class: "button", disabled: true }, words);
    }
  }
}

/** Return an input of a view, or a list of a message, of which the app is told at once. */
function chooser(element, { block, standing, isAsked, fill, choose, suggest, press, names, channels }) {
  const action = element.action_id;
  const tell = isAsked ? fill : choose;
  const inMessage = (option) => press({ button: action, block, option });
  const act = {
    id: `${block}-${action}`,
    choose: tell ? (given) => tell(block, action, given) : inMessage,
    suggest: suggest ? (typed) => suggest(block, action, typed) : async () => [],
  };
  const initial = element.initial_options ?? (element.initial_option ? [element.initial_option] : []);
  const stands = standing?.[block]?.[action] ?? { selected_options: initial };
  return inputOf(element, stands, { ...act, channels, names });
}

function button(element, { press, block }) {
  const words = element.text.text;
  const name = `button ${element.style ?? ""}`;
  const label = element.accessibility_label;
  const leads = Boolean(element.url);
  const act = () => confirmed(element.confirm) && press({ button: element.action_id, block, leads });
  // Slack tells the app of a link's button too.
  if (leads) {
    return link(element.url, words, { class: name, "aria-label": label, onclick: act });
  }
  const about = { type: "button", class: name, "aria-label": label, onclick: act };
  return el("button", { ...about, "data-press": element.action_id }, words);
}

function confirmed(dialog) {
  return !dialog || window.confirm(`${dialog.title.text}\n\n${dialog.text.text}`);
}

function overflow(element, { press, block }) {
  const options = element.options.map((option) => {
    if (option.url) return link(option.url, option.text.text, { class: "option" });
    const act = () => press({ button: element.action_id, block, option: option.value });
    return el("button", { type: "button", class: "option", onclick: act }, option.text.text);
  });
  const summary = el("summary", { "aria-label": "More actions" }, "\u22ef");
  return el("details", { class: "overflow" }, summary, el("div", { class: "options" }, options));
}
