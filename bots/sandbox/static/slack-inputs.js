// What one types and chooses in Slack's views: fields, lists, boxes.

import { el } from "./dom.js";

const PAUSE = 120; // milliseconds without a key before suggestions are asked for

/** Return the nodes of an input, or null if it is none; `standing` is what stands in it. */
export function inputOf(element, standing, act) {
  switch (element.type) {
    case "plain_text_input":
      return typedIn(element, standing, act);
    case "timepicker":
      return timeIn(element, standing, act);
    case "radio_buttons":
      return boxes(element, "radio", standing, act);
    case "checkboxes":
      return boxes(element, "checkbox", standing, act);
    case "static_select":
      return listOf(element, standing, act);
    case "multi_static_select":
      return several(element, standing, act, listToAdd);
    case "external_select":
    case "multi_external_select":
      return several(element, standing, act, wordsToAdd);
    case "conversations_select":
      return listOf(ofChannels(element, act), chosenChannel(standing), act);
    default:
      return null;
  }
}

/** Return a list of channels with the options that Slack itself fills in. */
function ofChannels(element, { channels, names }) {
  const option = (id) => ({ value: id, text: { text: `#${names[id] ?? "unknown"}` } });
  return { ...element, options: channels.map(option) };
}

function chosenChannel(standing) {
  const chosen = standing?.selected_conversation;
  return chosen ? { selected_option: { value: chosen } } : null;
}

function label(element) {
  return element.placeholder?.text ?? "Choose";
}

function typedIn(element, standing, act) {
  const name = element.multiline ? "textarea" : "input";
  const about = { class: "field", placeholder: element.placeholder?.text };
  const field = el(name, { ...about, onchange: () => act.choose(field.value) });
  field.value = standing?.value ?? "";
  return field;
}

function timeIn(_element, standing, act) {
  const about = { type: "time", class: "field", value: standing?.selected_time };
  const field = el("input", { ...about, onchange: () => act.choose(field.value) });
  return field;
}

function boxes(element, kind, standing, act) {
  const chosen = values(standing);
  const each = element.options.map((option) => {
    const about = { type: kind, name: `${act.id}-box`, value: option.value };
    const box = el("input", { ...about, checked: chosen.includes(option.value) });
    box.addEventListener("change", () => act.choose(kind === "radio" ? option.value : checked()));
    return el("label", { class: "box" }, box, el("span", {}, option.text.text));
  });
  const all = el("div", { class: "boxes" }, each);
  const checked = () => [...all.querySelectorAll("input:checked")].map((box) => box.value);
  return all;
}

function listOf(element, standing, act) {
  const [chosen] = values(standing);
  const first = chosen ? null : el("option", { value: "" }, label(element));
  const list = el(
    "select",
    { class: "field", "aria-label": label(element), "data-press": element.action_id },
    first,
    element.options.map((one) => {
      const about = { value: one.value, selected: one.value === chosen };
      return el("option", about, described(one));
    }),
  );
  list.addEventListener("change", () => act.choose(list.value));
  return list;
}

/** Return what is chosen already, each with a way out, and what `toAdd` makes to add more. */
function several(element, standing, act, toAdd) {
  const chosen = options(standing);
  const isSingle = !element.type.startsWith("multi");
  const take = (value) => act.choose(isSingle ? value : [...chosen.map((it) => it.value), value]);
  const leave = (value) => act.choose(chosen.filter((it) => it.value !== value).map((it) => it.value));
  const chips = chosen.map((it) => {
    const out = { type: "button", "aria-label": `Take out ${it.text.text}`, onclick: () => leave(it.value) };
    return el("span", { class: "chip" }, it.text.text, !isSingle && el("button", out, "\u00d7"));
  });
  return el("div", { class: "several field" }, chips, toAdd(element, chosen, { ...act, take }));
}

function listToAdd(element, chosen, act) {
  const known = new Set(chosen.map((it) => it.value));
  const rest = element.options.filter((it) => !known.has(it.value));
  const list = el(
    "select",
    { "aria-label": label(element), "data-press": element.action_id },
    el("option", { value: "" }, label(element)),
    rest.map((it) => el("option", { value: it.value }, described(it))),
  );
  list.addEventListener("change", () => list.value && act.take(list.value));
  return list;
}

function wordsToAdd(element, chosen, act) {
  const known = new Set(chosen.map((it) => it.value));
  const offers = el("ul", { role: "listbox", hidden: true });
  const about = { type: "text", placeholder: label(element), autocomplete: "off" };
  const field = el("input", { ...about, role: "combobox", "aria-label": label(element) });
  let waiting;
  const ask = async () => {
    const typed = field.value.trim();
    const found = typed.length < (element.min_query_length ?? 3) ? [] : await act.suggest(typed);
    if (typed !== field.value.trim()) return;
    offers.replaceChildren(...found.filter((it) => !known.has(it.value)).map(offer));
    offers.hidden = !offers.children.length;
  };
  const offer = (one) => {
    const take = (event) => {
      event.preventDefault();
      act.take(one.value);
    };
    return el("li", { role: "option", onmousedown: take }, described(one));
  };
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, PAUSE);
  });
  if (element.min_query_length === 0) field.addEventListener("focus", ask);
  field.addEventListener("blur", () => {
    offers.hidden = true;
  });
  return el("span", { class: "words-to-add" }, field, offers);
}

function described(option) {
  const about = option.description?.text;
  return about ? `${option.text.text} \u00b7 ${about}` : option.text.text;
}

function options(standing) {
  const one = standing?.selected_option;
  return standing?.selected_options ?? (one ? [one] : []);
}

function values(standing) {
  return options(standing).map((it) => it.value);
}
