// The messages of one place, for one person.

import { daysFromToday, written } from "./clock.js";
import { el, time } from "./dom.js";

const NEAR_END = 80; // pixels within which one is taken to read the newest message
const ONLY_YOU = "Only you can see this";

/** The messages; `press(id, press)` is called for a button of one, `pick(id, entry)` for its menu. */
export class Log {
  constructor(side, { press, pick }) {
    this.side = side;
    this.press = press;
    this.pick = pick;
    this.menu = [];
    this.groups = [];
    this.channels = [];
    this.where = "";
    this.shown = new Map();
    this.follows = false;
    const about = { class: "messages", role: "log", "aria-label": `${side.title} messages` };
    this.element = el("ol", { ...about, tabindex: "0" });
  }

  /** Show these messages; what did not change keeps its element, and with it the focus. */
  show({ messages, names, menu, groups, channels }, where) {
    const isNew = where !== this.where;
    if (isNew || menu.join() !== this.menu.join()) this.clear(where);
    this.menu = menu;
    this.groups = groups;
    this.channels = channels;
    const box = this.element;
    const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_END;
    const items = messages.map((message) => this.item(message, names));
    const focused = focusedPress(box);
    const isLonger = messages.at(-1)?.id !== box.lastElementChild?.dataset.message;
    box.replaceChildren(...items);
    this.forget(new Set(messages.map((message) => message.id)));
    restoreFocus(box, focused);
    if (isNew || atEnd || (this.follows && isLonger)) this.toEnd();
    if (isLonger) this.follows = false;
  }

  /** Scroll to the newest message. */
  toEnd() {
    this.element.scrollTop = this.element.scrollHeight;
  }

  /** Show the end when something new comes: who asks wants to see the answer. */
  follow() {
    this.follows = true;
  }

  clear(where) {
    this.where = where;
    this.shown.clear();
  }

  forget(standing) {
    for (const id of this.shown.keys()) if (!standing.has(id)) this.shown.delete(id);
  }

  item(message, names) {
    const told = JSON.stringify(message);
    const known = this.shown.get(message.id);
    if (known?.told === told) return known.element;
    const element = message.kind === "remark" ? remark(message) : this.message(message, names);
    element.dataset.message = message.id;
    this.shown.set(message.id, { told, element });
    return element;
  }

  message(message, names) {
    const pending = new Set();
    const press = async (pressed) => {
      const key = pressed.button;
      if (pending.has(key)) return;
      pending.add(key);
      await this.press(message.id, pressed);
      pending.delete(key);
    };
    const context = { names, press, groups: this.groups, channels: this.channels };
    const kinds = { "only-you": message.only_you, "in-thread": message.below };
    const name = ["message", ...Object.keys(kinds).filter((kind) => kinds[kind])].join(" ");
    return el(
      "li",
      { class: name },
      message.below && el("p", { class: "unseen" }, "In the thread of the message above"),
      message.asked && el("p", { class: "asked" }, message.asked),
      message.only_you && el("p", { class: "private" }, eye(), ONLY_YOU),
      el("span", { class: `avatar ${message.kind}`, "aria-hidden": "true" }, message.author[0]),
      el("div", { class: "said" }, head(message), this.side.body(message, context)),
      !message.only_you && this.menu.length > 0 && this.more(message),
    );
  }

  more(message) {
    const entries = this.menu.map((entry) => {
      const act = () => {
        more.open = false;
        this.pick(message.id, entry);
      };
      return el("button", { type: "button", class: "entry", onclick: act }, entry);
    });
    const label = `Menu of this message of ${message.author}`;
    const summary = el("summary", { "aria-label": label, "data-press": "menu" }, "\u22ef");
    const more = el("details", { class: "more" }, summary, el("div", { class: "entries" }, entries));
    return more;
  }
}

function head(message) {
  return el(
    "div",
    { class: "head" },
    el("span", { class: "author" }, message.author),
    message.kind === "bot" && el("span", { class: "app" }, "APP"),
    time(message.at, moment(message.at)),
    message.is_edited && el("span", { class: "edited" }, "(edited)"),
  );
}

function moment(seconds) {
  const parts = { timeStyle: "short" };
  return written(seconds, daysFromToday(seconds) === 0 ? parts : { dateStyle: "short", ...parts });
}

function remark(message) {
  const note = el("span", { class: "private" }, eye(), ONLY_YOU);
  return el("li", { class: "remark" }, el("p", {}, message.body.text), note);
}

function eye() {
  return el("span", { class: "eye", "aria-hidden": "true" });
}

function focusedPress(box) {
  const { activeElement } = document;
  if (!box.contains(activeElement)) return null;
  const message = activeElement.closest("[data-message]")?.dataset.message;
  return { element: activeElement, message, press: activeElement.dataset.press };
}

function restoreFocus(box, focused) {
  if (!focused || focused.element === document.activeElement) return;
  const press = focused.press && CSS.escape(focused.press);
  const same = `[data-message="${CSS.escape(focused.message ?? "")}"] [data-press="${press}"]`;
  const target = box.contains(focused.element) ? focused.element : box.querySelector(same);
  (target ?? box).focus({ preventScroll: true });
}
