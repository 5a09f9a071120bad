// The form that a bot opened before somebody on Discord.

import { el } from "./dom.js";

/** Shows a form; `page` has `send(typed)` and `close()`. */
export class DiscordForm {
  constructor(page) {
    this.page = page;
    this.element = el("div", { class: "form-place", hidden: true });
  }

  /** Show this form, or none. */
  show(modal) {
    const told = JSON.stringify(modal);
    if (told === this.told) return;
    this.told = told;
    this.element.hidden = !modal;
    this.element.replaceChildren(...(modal ? [this.drawn(modal)] : []));
    this.element.querySelector("input")?.focus();
  }

  drawn(modal) {
    const fields = modal.components.map((row) => this.field(row));
    const send = (event) => {
      event.preventDefault();
      const inputs = event.target.querySelectorAll("input");
      this.page.send(Object.fromEntries([...inputs].map((it) => [it.name, it.value])));
    };
    const cancel = { type: "button", class: "button", onclick: () => this.page.close() };
    return el(
      "form",
      { class: "form", role: "dialog", "aria-label": modal.title, onsubmit: send },
      el("h4", {}, modal.title),
      fields,
      el(
        "div",
        { class: "foot" },
        el("button", cancel, "Cancel"),
        el("button", { type: "submit", class: "button primary" }, "Submit"),
      ),
    );
  }

  field({ label, component }) {
    const input = el("input", {
      type: "text",
      name: component.custom_id,
      placeholder: component.placeholder,
      maxlength: component.max_length,
      required: component.required !== false,
    });
    input.value = component.value ?? "";
    return el("label", {}, label, input);
  }
}
