// Slack's modals and the home tab of the app, for one person.

import { start, views } from "./api.js";
import { el } from "./dom.js";
import { slackBlocks } from "./slack.js";

const HOME = "home";

/** Shows the views; `page` has `say(words)` and `changed()`, called when a home tab comes or goes. */
export class Views {
  constructor(page) {
    this.page = page;
    this.person = "";
    this.errors = {};
    this.home = el("div", { class: "home said", hidden: true });
    this.modal = el("div", { class: "modal-place", hidden: true });
    this.shortcuts = el("div", { class: "shortcuts" });
  }

  /** Turn to another person. */
  turnTo(person) {
    this.person = person;
    this.errors = {};
    this.refresh();
  }

  /** Open the home tab, as one does by looking at it. */
  openHome() {
    this.act("home", {});
  }

  async refresh() {
    const person = this.person;
    const found = await views(person);
    if (!found || person !== this.person) return;
    const told = JSON.stringify([person, found, this.errors]);
    if (told === this.told) return;
    this.told = told;
    this.show(found);
  }

  show({ modal, home, names, channels, shortcuts }) {
    this.channels = channels;
    this.home.replaceChildren(...(home ? this.blocks(home, names) : [el("p", {}, "Nothing is here yet.")]));
    this.modal.hidden = !modal;
    this.modal.replaceChildren(...(modal ? [this.drawn(modal, names)] : []));
    const entries = Object.entries(shortcuts).map(([id, name]) => {
      const act = () => this.act("shortcut", { shortcut: id });
      return el("button", { type: "button", class: "shortcut", onclick: act }, name);
    });
    this.shortcuts.replaceChildren(...entries);
  }

  drawn(view, names) {
    const title = view.title.text;
    const close = () => this.act("close", {});
    const send = async (event) => {
      event.preventDefault();
      // What was typed last is told before it is sent.
      document.activeElement?.blur();
      await this.act("send", { view: view.id });
    };
    return el(
      "form",
      { class: "modal", role: "dialog", "aria-label": title, onsubmit: send },
      el("h4", {}, title),
      el("div", { class: "modal-body said" }, this.blocks(view, names)),
      el(
        "div",
        { class: "modal-foot" },
        el("button", { type: "button", class: "button", onclick: close }, view.close?.text ?? "Cancel"),
        view.submit && el("button", { type: "submit", class: "button primary" }, view.submit.text),
      ),
    );
  }

  blocks(view, names) {
    const told = (block, action, more) => ({ view: view.id, block, action, ...more });
    return slackBlocks(view.blocks, {
      names,
      channels: this.channels,
      standing: view.state?.values ?? {},
      errors: view.type === HOME ? {} : this.errors,
      press: ({ button, block, option, leads }) =>
        leads ? undefined : this.act("press", told(block, button, { given: option ?? "" })),
      fill: (block, action, given) => this.act("fill", told(block, action, { given })),
      choose: (block, action, given) => this.act("press", told(block, action, { given })),
      suggest: async (block, action, typed) =>
        (await this.asked("suggest", told(block, action, { typed })))?.options ?? [],
    });
  }

  async act(what, said) {
    const answer = await this.asked(what, said);
    this.errors = answer?.errors ?? {};
    await this.refresh();
  }

  async asked(what, said) {
    // One thing after the other: what is sent must hold what was typed before.
    this.last = (this.last ?? Promise.resolve()).then(() =>
      start(`slack/views/${what}`, { person: this.person, ...said }),
    );
    const answer = await this.last;
    this.page.say(answer ? (answer.remark ?? "") : "The sandbox does not answer.");
    return answer;
  }
}
