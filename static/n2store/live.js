// Keeps one connection for the screen, and tells truthfully how it stands. The connection itself is `realtime.js`.
//
// The pill (`[data-live]`, templates/admin/_live_pill.html) holds the address, the names of events and the words.
// Screens listen on `document`:
//   n2:event  { name, data }   something happened
//   n2:afresh                  events may have been missed: fetch everything
// and tell `n2:busy` { busy } while they fetch, and `n2:signed-out` when the server no longer knows them.

import { connect } from "./realtime.js";
import { ask } from "./shop.js";

const pill = document.querySelector("[data-live]");
const words = pill.dataset;
const asked = new URLSearchParams(words.stream.split("?")[1]);
const listed = (name) => asked.get(name)?.split(",").filter(Boolean) ?? [];

let busy = false;
let last = { state: "catching-up" };

const events = connect({
  channels: listed("channels"),
  topics: listed("topics"),
  names: words.events.split(" "),
  cursor: words.cursor,
  onEvent: ({ name, data }) => tell("n2:event", { name, data }),
  onAfresh: () => tell("n2:afresh"),
  onState: (now) => { last = now; show(); },
  onTrouble: askWhetherKnown,
});

function show() {
  const state = last.state === "live" && busy ? "catching-up" : last.state === "live" && last.way === "poll" ? "delayed" : last.state;
  const since = new Date(last.since ?? 0).toLocaleTimeString("vi-VN", { timeZone: "Asia/Ho_Chi_Minh", hour12: false });
  const text = {
    live: words.sayLive,
    delayed: words.sayDelayed,
    "catching-up": words.sayCatchingUp,
    offline: words.sayOffline.replace("{time}", since),
    "signed-out": words.saySignedOut,
  }[state];
  if (pill.textContent !== text) pill.textContent = text;
  pill.dataset.state = state;
}

async function askWhetherKnown() {
  try {
    const answer = await ask(words.live, { redirect: "manual", cache: "no-store" });
    if (answer.type === "opaqueredirect") tell("n2:signed-out");
  } catch {
    // The server is away; the pill says so already.
  }
}

function tell(type, detail = {}) {
  document.dispatchEvent(new CustomEvent(type, { detail }));
}

document.addEventListener("n2:busy", (event) => { busy = event.detail.busy; show(); });
document.addEventListener("n2:signed-out", () => events.stop("signed-out"));
