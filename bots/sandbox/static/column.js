// One side of the page: its channels, its people, its messages, and where one types.

import { messages, start } from "./api.js";
import { DiscordForm } from "./discord-form.js";
import { el } from "./dom.js";
import { Log } from "./log.js";
import { Typing } from "./typing.js";
import { Views } from "./views.js";

const DIRECT = "direct";
const VIEWS = "views";
const NO_ANSWER = "The sandbox does not answer.";

/** A column; `side` says which, `cast` who and what is there, `page` is what it may ask of it. */
export class Column {
  constructor(side, cast, page) {
    this.side = side;
    this.page = page;
    [this.person, this.place] = choice(page.chosen, cast);
    this.unread = new Set();
    this.log = new Log(side, {
      press: (message, press) => this.press(message, press),
      pick: (message, entry) => this.pick(message, entry),
    });
    this.typing = new Typing(side, {
      send: (words) => this.send(words),
      suggest: (words, signal) => this.suggest(words, signal),
    });
    this.views = side.hasViews ? new Views({ say: page.say }) : null;
    this.showsHome = false;
    this.form = new DiscordForm({
      send: (typed) => this.act("form", { typed }),
      close: () => this.act("form", {}),
    });
    this.places = cast.places.map((place) => this.placeButton(place));
    this.title = el("h3", {});
    this.element = this.drawn(cast);
    this.show();
  }

  drawn(cast) {
    const { name, title, workspace } = this.side;
    const [channels, direct] = [this.places.slice(0, -1), this.places.at(-1)];
    return el(
      "section",
      { class: `side ${name}`, "aria-label": title },
      el(
        "div",
        { class: "sidebar" },
        el("h2", {}, "Acme ", el("small", {}, `stand-in for a ${title} ${workspace}`)),
        el("nav", { "aria-label": `${title} channels` }, channels, this.subtitle(), direct),
        this.people(cast),
      ),
      el(
        "div",
        { class: "room" },
        el("header", {}, this.title, this.tabs(), this.views?.shortcuts),
        this.views?.home,
        this.log.element,
        this.typing.element,
        this.views?.modal,
        this.form.element,
      ),
    );
  }

  /** Return the two tabs that an app has beside its messages. */
  tabs() {
    if (!this.views) return null;
    const tab = (name, isHome) => {
      const act = () => this.showTab(isHome);
      return el("button", { type: "button", class: "app-tab", "data-home": isHome, onclick: act }, name);
    };
    this.appTabs = [tab("Home", true), tab("Messages", false)];
    return el("span", { class: "app-tabs" }, this.appTabs);
  }

  showTab(isHome) {
    this.showsHome = isHome;
    if (isHome) this.views.openHome();
    this.showViews();
  }

  showViews() {
    if (!this.views) return;
    const isDirect = this.place === DIRECT;
    const isHome = isDirect && this.showsHome;
    this.views.home.hidden = !isHome;
    this.log.element.hidden = isHome;
    this.typing.element.hidden = isHome;
    for (const tab of this.appTabs) {
      tab.hidden = !isDirect;
      tab.setAttribute("aria-pressed", String(tab.hasAttribute("data-home") === isHome));
    }
  }

  subtitle() {
    return el("p", { class: "subtitle" }, "Direct messages");
  }

  placeButton(place) {
    const words = place === DIRECT ? "Themata" : place;
    const sign = el("span", { class: "sign", "aria-hidden": "true" }, place === DIRECT ? "\u25cf" : "#");
    const label = place === DIRECT ? "Direct messages with Themata" : `Channel ${place}`;
    const act = () => this.choose(this.person, place);
    const about = { type: "button", "data-place": place, "aria-label": label, onclick: act };
    return el("button", about, sign, words);
  }

  people(cast) {
    const choices = cast.people.map((person) => {
      const act = () => this.choose(person, this.place);
      const group = `${this.side.name}-person`;
      const about = { type: "radio", name: group, value: person, onchange: act };
      const role = el("small", {}, cast.roles[this.side.name][person]);
      const input = el("input", { ...about, checked: person === this.person });
      return el("label", {}, input, el("span", {}, capital(person), " ", role));
    });
    return el("fieldset", { class: "people" }, el("legend", {}, "You are"), choices);
  }

  choose(person, place) {
    [this.person, this.place] = [person, place];
    this.show();
  }

  show() {
    this.page.remember(this.side.name, `${this.person}/${this.place}`);
    this.title.textContent = this.place === DIRECT ? "Themata" : `# ${this.place}`;
    this.unread.delete(`${this.person}/${this.place}`);
    this.markPlaces();
    this.typing.turnTo(this.place === DIRECT ? "Themata" : `#${this.place}`);
    this.refresh();
    this.views?.turnTo(this.person);
    this.showViews();
  }

  markPlaces() {
    for (const button of this.places) {
      const place = button.dataset.place;
      if (place === this.place) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
      button.classList.toggle("unread", this.unread.has(`${this.person}/${place}`));
    }
  }

  /** Take note of a change. */
  noticed({ person, place }) {
    if (place === VIEWS) {
      if (person === this.person) this.views?.refresh();
      return;
    }
    const isHere = place === this.place && (!person || person === this.person);
    if (isHere) this.refresh();
    for (const button of this.element.querySelectorAll("input[type=radio]")) {
      const seer = button.value;
      const sees = !person || person === seer;
      const looks = seer === this.person && place === this.place;
      if (sees && !looks) this.unread.add(`${seer}/${place}`);
    }
    this.markPlaces();
  }

  /** Show what stands there now. Calls while one is under way make one more. */
  async refresh() {
    if (this.loading) {
      this.again = true;
      return;
    }
    this.loading = true;
    do {
      this.again = false;
      const where = `${this.person}/${this.place}`;
      const found = await messages(this.side.name, this.person, this.place);
      if (where !== `${this.person}/${this.place}`) this.again = true;
      else if (found) {
        this.log.show(found, where);
        this.form.show(found.form ?? null);
      }
    } while (this.again);
    this.loading = false;
  }

  async send(words) {
    this.log.follow();
    await this.act("words", { words });
  }

  async press(message, { leads = false, ...press }) {
    if (!leads) this.log.follow();
    await this.act("press", { message, ...press });
  }

  async pick(message, entry) {
    this.log.follow();
    await this.act("pick", { message, entry });
  }

  async act(what, body) {
    const where = { person: this.person, place: this.place };
    const answer = await start(`${this.side.name}/${what}`, { ...where, ...body });
    this.page.say(answer ? "" : NO_ANSWER);
    this.refresh();
  }

  async suggest(words, signal) {
    const where = { person: this.person, place: this.place };
    const path = `${this.side.name}/suggestions`;
    const answer = await start(path, { ...where, words }, signal);
    return answer?.suggestions ?? [];
  }
}

/** Return the person and place that were chosen, or the first ones. */
function choice(chosen, cast) {
  const [person, place] = (chosen ?? "").split("/");
  return [
    cast.people.includes(person) ? person : cast.people[0],
    cast.places.includes(place) ? place : cast.places[0],
  ];
}

function capital(name) {
  return name[0].toUpperCase() + name.slice(1);
}
