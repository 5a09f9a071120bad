// Discord's messages: Components V2, and plain ones.

import { el, link, picture } from "./dom.js";
import { markdown } from "./discord-markdown.js";

const [ROW, BUTTON, SELECT, ROLES, CHANNELS] = [1, 2, 3, 6, 8];
const [SECTION, TEXT, THUMBNAIL] = [9, 10, 11];
const [GALLERY, FILE, SEPARATOR, CONTAINER] = [12, 13, 14, 17];
const LOADING = 1 << 7;
const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link" };

/** Return the nodes that show what a message says. `press(button)` is called for a button. */
export function discordBody(message, { names, press, groups, channels }) {
  const { content, components, embeds, flags, replies_to: to } = message.body;
  if (flags & LOADING) return [thinking(message.author)];
  const context = { names, press, groups, channels };
  return [
    to && el("div", { class: "replies" }, `\u21b1 In reply to ${to}`),
    content && el("div", { class: "text" }, markdown(content, names)),
    embeds.map((embed) => embedded(embed, names)),
    components.map((component) => drawn(component, context)),
  ].flat();
}

function thinking(author) {
  const dots = el("span", { class: "dots", "aria-hidden": "true" }, "\u2022\u2022\u2022");
  return el("div", { class: "thinking" }, dots, `${author} is thinking\u2026`);
}

function drawn(component, context) {
  switch (component.type) {
    case CONTAINER:
      return container(component, context);
    case SECTION:
      return section(component, context);
    case TEXT:
      return el("div", { class: "text" }, markdown(component.content, context.names));
    case ROW:
      return el("div", { class: "row" }, inside(component, context));
    case BUTTON:
      return button(component, context);
    case SEPARATOR:
      return separator(component);
    case THUMBNAIL:
      return picture(component.description, "thumbnail");
    case GALLERY:
      return component.items.map(inGallery);
    case FILE:
      return el("div", { class: "file" }, component.name ?? "A file");
    default:
      return menu(component, context);
  }
}

function inGallery({ media, description }) {
  const sent = media.attachment_id;
  if (!sent) return picture(description, "wide");
  return el("img", { class: "sent", src: `/api/discord/files/${sent}`, alt: description ?? "" });
}

function inside(component, context) {
  return component.components.map((one) => drawn(one, context));
}

function container(component, context) {
  const name = component.spoiler ? "container spoiled" : "container";
  const box = el("div", { class: name }, inside(component, context));
  if (Number.isInteger(component.accent_color)) {
    const color = `#${component.accent_color.toString(16).padStart(6, "0")}`;
    box.style.setProperty("--accent", color);
  }
  return box;
}

function section(component, context) {
  const texts = el("div", { class: "texts" }, inside(component, context));
  return el("div", { class: "section" }, texts, drawn(component.accessory, context));
}

function button(component, { press }) {
  const words = [component.emoji?.name, component.label].filter(Boolean).join(" ");
  const name = `button ${STYLES[component.style] ?? "secondary"}`;
  if (component.url) {
    const out = el("span", { class: "out", "aria-hidden": "true" }, "\u2197");
    return link(component.url, [words, out], { class: name });
  }
  const act = () => press({ button: component.custom_id });
  const about = { type: "button", class: name, disabled: component.disabled, onclick: act };
  return el("button", { ...about, "data-press": component.custom_id }, words);
}

function separator(component) {
  const name = component.spacing === 2 ? "separator large" : "separator";
  return component.divider === false ? el("div", { class: name }) : el("hr", { class: name });
}

function menu(component, context) {
  const isKnown = [SELECT, ROLES, CHANNELS].includes(component.type);
  const words = component.placeholder ?? (isKnown ? "Choose one" : "A menu");
  if (!isKnown || component.disabled) {
    return el("button", { type: "button", class: "menu", disabled: true }, words);
  }
  const choose = (values) => context.press({ button: component.custom_id, option: values });
  const list = filled(component, context);
  const isSingle = (component.max_values ?? 1) === 1;
  return isSingle ? listOfOne(list, words, choose) : listOfSeveral(list, words, choose);
}

/** Return a list of the server's roles or channels with the options that Discord itself fills in. */
function filled(component, { names, groups, channels }) {
  if (component.type === SELECT) return component;
  const isRole = component.type === ROLES;
  const chosen = new Set((component.default_values ?? []).map((it) => it.id));
  const ids = [...new Set([...(isRole ? groups : channels), ...chosen])];
  const named = (id) => (isRole ? names[id] ?? "unknown role" : `#${names[id] ?? "unknown"}`);
  const option = (id) => ({ label: named(id), value: id, default: chosen.has(id) });
  return { ...component, options: ids.map(option) };
}

function listOfOne(component, words, choose) {
  const chosen = component.options.find((it) => it.default);
  const mayBeNone = component.min_values === 0;
  const first = chosen && !mayBeNone ? null : el("option", { value: "" }, words);
  const options = component.options.map((it) =>
    el("option", { value: it.value, selected: it === chosen }, described(it)),
  );
  const about = { class: "list", "aria-label": words, "data-press": component.custom_id };
  const list = el("select", about, first, options);
  list.addEventListener("change", () => {
    if (list.value || mayBeNone) choose(list.value ? [list.value] : []);
  });
  return list;
}

/** Return a list that is opened, ticked and closed: only then Discord tells of it. */
function listOfSeveral(component, words, choose) {
  const boxes = component.options.map((it) => {
    const box = el("input", { type: "checkbox", value: it.value, checked: it.default });
    return el("label", { class: "tick" }, box, el("span", {}, described(it)));
  });
  const chosen = component.options.filter((it) => it.default).map((it) => it.label);
  const about = { "data-press": component.custom_id };
  const summary = el("summary", about, chosen.join(", ") || words);
  const list = el("details", { class: "list several" }, summary, el("div", { class: "ticks" }, boxes));
  list.addEventListener("toggle", () => {
    const ticked = [...list.querySelectorAll("input:checked")].map((box) => box.value);
    const before = component.options.filter((it) => it.default).map((it) => it.value);
    if (!list.open && ticked.join() !== before.join()) choose(ticked);
  });
  return list;
}

function described(option) {
  return option.description ? `${option.label} \u00b7 ${option.description}` : option.label;
}

function embedded(embed, names) {
  const title = embed.url ? link(embed.url, embed.title ?? embed.url) : embed.title;
  return el(
    "div",
    { class: "container" },
    title && el("div", { class: "text" }, el("strong", {}, title)),
    embed.description && el("div", { class: "text" }, markdown(embed.description, names)),
  );
}
