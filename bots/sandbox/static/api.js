// What the page asks of the sandbox.

const OWN = { "Content-Type": "application/json", "X-Sandbox-Page": "1" };

/** Return what stands in a place for a person, or null if the sandbox does not answer. */
export async function messages(side, person, place) {
  const query = new URLSearchParams({ person, place });
  return answered(`/api/${side}/messages?${query}`);
}

/** Return the modal and the home tab that a person of Slack's sees. */
export async function views(person) {
  return answered(`/api/slack/views?${new URLSearchParams({ person })}`);
}

/** Do something, and return the answer; null if it did not work. */
export async function start(path, body, signal = null) {
  const request = { method: "POST", headers: OWN, body: JSON.stringify(body), signal };
  return answered(`/api/${path}`, request);
}

/** Call `noticed` for each change, `connected` for each connection, `lost` when it breaks. */
export function follow({ noticed, connected, lost }) {
  const events = new EventSource("/api/events");
  events.onmessage = (event) => noticed(JSON.parse(event.data));
  events.onopen = connected;
  events.onerror = lost;
}

async function answered(address, request = {}) {
  try {
    const response = await fetch(address, request);
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}
