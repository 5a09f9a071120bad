// The input, and what is offered while one types.

import { el } from "./dom.js";

const PAUSE = 120; // milliseconds without a key before suggestions are asked for
const BEGINS = /^[/@]/;

/** An input for commands; `actions` has `send(words)` and `suggest(words, signal)`. */
export class Typing {
  constructor(side, actions) {
    this.side = side;
    this.actions = actions;
    this.offered = [];
    this.active = -1;
    const id = `${side.name}-words`;
    this.listId = `${side.name}-offered`;
    this.label = el("label", { for: id, class: "unseen" });
    this.input = this.inputElement(id);
    this.list = el("ul", { id: this.listId, role: "listbox", "aria-label": "Suggestions", hidden: true });
    const send = el("button", { type: "submit", "aria-label": `Send on ${side.title}` }, "\u27a4");
    this.element = el("form", { class: "typing" }, this.list, this.label, this.input, send);
    this.element.addEventListener("submit", (event) => this.submit(event));
  }

  inputElement(id) {
    const about = { id, type: "text", maxlength: "2000", autocomplete: "off", spellcheck: "false" };
    const role = { role: "combobox", "aria-expanded": "false", "aria-autocomplete": "list" };
    const input = el("input", { ...about, ...role, "aria-controls": this.listId });
    input.addEventListener("input", () => this.ask());
    input.addEventListener("keydown", (event) => this.key(event));
    input.addEventListener("blur", () => this.close());
    input.addEventListener("focus", () => this.ask());
    return input;
  }

  /** Turn to another place. */
  turnTo(place) {
    this.label.textContent = `Type in ${place} on ${this.side.title}`;
    this.input.placeholder = `Message ${place}: type / for commands`;
    this.close();
  }

  submit(event) {
    event.preventDefault();
    const words = this.input.value.trim();
    this.close();
    if (!words) return;
    this.input.value = "";
    this.actions.send(words);
  }

  ask() {
    clearTimeout(this.waiting);
    this.asking?.abort();
    if (!BEGINS.test(this.input.value)) this.close();
    else this.waiting = setTimeout(() => this.suggest(), PAUSE);
  }

  async suggest() {
    const words = this.input.value;
    this.asking = new AbortController();
    const found = await this.actions.suggest(words, this.asking.signal);
    const isStill = words === this.input.value && document.activeElement === this.input;
    if (isStill) this.offer(found.filter((one) => one.words !== words));
  }

  offer(found) {
    this.offered = found;
    this.active = -1;
    this.list.replaceChildren(...found.map((one, at) => this.option(one, at)));
    this.list.hidden = !found.length;
    this.input.setAttribute("aria-expanded", String(found.length > 0));
    this.input.removeAttribute("aria-activedescendant");
  }

  option(one, at) {
    const take = (event) => {
      event.preventDefault(); // the input keeps the focus
      this.take(at);
    };
    const about = { id: `${this.listId}-${at}`, role: "option", "aria-selected": "false" };
    return el("li", { ...about, onmousedown: take }, el("b", {}, one.label), el("span", {}, one.about));
  }

  key(event) {
    if (this.list.hidden) return;
    const last = this.offered.length - 1;
    if (event.key === "ArrowDown") this.move(this.active < last ? this.active + 1 : 0);
    else if (event.key === "ArrowUp") this.move(this.active > 0 ? this.active - 1 : last);
    else if (event.key === "Escape") this.close();
    else if (["Enter", "Tab"].includes(event.key) && this.active >= 0) this.take(this.active);
    else return;
    event.preventDefault();
  }

  move(to) {
    this.active = to;
    [...this.list.children].forEach((option, at) => {
      option.setAttribute("aria-selected", String(at === to));
    });
    const option = this.list.children[to];
    this.input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  take(at) {
    this.input.value = this.offered[at].words;
    this.input.focus();
    this.close();
    this.ask();
  }

  close() {
    clearTimeout(this.waiting);
    this.asking?.abort();
    this.offer([]);
  }
}
