// The page: two columns, kept true to the sandbox by its events.

import { follow, start } from "./api.js";
import { Column } from "./column.js";
import { discordBody } from "./discord.js";
import { slackBody } from "./slack.js";

const SIDES = [
  { name: "discord", title: "Discord", workspace: "server", body: discordBody },
  { name: "slack", title: "Slack", workspace: "workspace", body: slackBody, hasViews: true },
];

const status = document.getElementById("status");
const article = document.getElementById("article");
const tabs = document.querySelectorAll("[data-side]");
const chosen = new URLSearchParams(location.hash.slice(1));

/** Keep what is looked at in the address, so that a reload shows the same. */
function remember(name, value) {
  chosen.set(name, value);
  const words = decodeURIComponent(chosen.toString());
  history.replaceState(null, "", `#${words}`);
}

function say(words) {
  status.textContent = words;
}

function showTab(side) {
  document.body.dataset.tab = side;
  for (const tab of tabs) tab.setAttribute("aria-pressed", String(tab.dataset.side === side));
  remember("tab", side);
  // What was not shown could not be scrolled.
  columns[side].log.toEnd();
}

function opened(cast) {
  const columns = SIDES.map((side) => {
    const column = new Column(side, cast, { remember, say, chosen: chosen.get(side.name) });
    document.getElementById("sides").append(column.element);
    return [side.name, column];
  });
  return Object.fromEntries(columns);
}

async function letArrive() {
  article.disabled = true;
  const answer = await start("article", {});
  say(answer ? answer.remark : "That did not work. The terminal says why.");
  article.disabled = false;
}

const cast = await (await fetch("/api/scene")).json();
const columns = opened(cast);
for (const tab of tabs) tab.addEventListener("click", () => showTab(tab.dataset.side));
showTab(SIDES.some((side) => side.name === chosen.get("tab")) ? chosen.get("tab") : "discord");
article.hidden = !cast.takes_articles;
article.addEventListener("click", letArrive);
follow({
  noticed: (notice) => columns[notice.side].noticed(notice),
  // Between two connections anything may have happened.
  connected: () => {
    say("");
    for (const column of Object.values(columns)) column.refresh();
  },
  lost: () => say("The sandbox does not answer. Start it again, and this page goes on."),
});
