// The shop's events in a page: over a socket, where that does not open over server-sent events, where no stream gets
// through by asking every few seconds. Whichever it is, each event is told once and in order, and none is lost: the
// number of the last one is where the next connection goes on.
//
//   const events = connect({ channels: ["inbox"], topics: [], cursor, onEvent, onAfresh, onState });
//   events.stop();
//
// onEvent({ name, data, id })   something happened; `data` is the payload
// onAfresh()                    something was missed for good: fetch everything
// onState({ state, way, since })  "live", "catching-up", "offline" or "signed-out"; `way` is "socket", "stream" or "poll"
//
// `names` limits what is heard over server-sent events, which want every name said before. `ticket` is a function that
// fetches a one-use ticket (POST /api/realtime/ticket) for pages of another origin, which have no cookie here.

export const PROOF_MS = 45_000; // Silence longer than a heartbeat proves nothing: then the connection is replaced.
const OPEN_MAX_MS = 10_000;
const GRACE_MS = 2_000; // A stream has a longest life: coming back at once is no outage.
const WAIT_MS = [500, 1_000, 2_000, 4_000, 8_000];
const TRIES_OF_A_WAY = 3; // So often a way may fail to open before the next one is tried.
const POLL_MS = 4_000;
const BETTER_MS = 60_000; // While asking now and then, a better way is tried so often.
const HIDDEN_MS = 60_000; // A screen nobody looks at lets its connection go.
const REMEMBERED = 500;
const REFUSED = new Set([4403]); // Close codes after which coming back is of no use.

const WAYS = { socket: openSocket, stream: openStream, poll: openPoll };

export function connect(options) {
  const events = new Events({ ways: ["socket", "stream", "poll"], channels: [], topics: [], names: [], at: location.origin, ...options });
  events.open();
  return events;
}

class Events {
  constructor(options) {
    this.options = options;
    this.cursor = options.cursor ?? "";
    this.link = null; // The one that is heard.
    this.opening = null; // The one that is to replace it.
    this.way = 0;
    this.failures = 0;
    this.lostSince = null;
    this.missed = false; // Something may have happened unheard.
    this.ended = false;
    this.timers = {};
    this.told = new Set(); // While two connections overlap, both tell.
    this.listeners = new AbortController();
    const on = (where, what, act) => where.addEventListener(what, act, { signal: this.listeners.signal });
    on(window, "offline", () => this.lose());
    on(window, "online", () => { this.failures = 0; this.open(); });
    on(window, "pagehide", () => this.rest());
    on(window, "pageshow", (event) => { if (event.persisted) this.open(); });
    on(document, "visibilitychange", () => {
      if (document.hidden) return this.after("hidden", HIDDEN_MS, () => { this.rest(); this.tellState(); });
      clearTimeout(this.timers.hidden);
      this.open(); // Asleep, timers stood still: prove the connection, or take it up again.
    });
  }

  /** End for good. */
  stop(state = "stopped") {
    this.ended = state;
    this.rest();
    this.listeners.abort();
    for (const timer of Object.values(this.timers)) clearTimeout(timer);
    this.tellState();
  }

  open() {
    if (this.ended || this.opening || document.hidden) return;
    const mine = { was: 0, close: () => {} };
    this.opening = mine;
    this.after("open", OPEN_MAX_MS, () => this.fail(mine));
    WAYS[this.options.ways[this.way]](this, mine);
  }

  /** A connection stands and has greeted. */
  take(mine, cursor) {
    if (mine !== this.opening) return;
    clearTimeout(this.timers.open);
    clearTimeout(this.timers.again);
    this.link?.close();
    this.link = mine;
    this.opening = null;
    this.failures = 0;
    this.lostSince = null;
    this.heard(mine, cursor);
    if (this.missed) this.options.onAfresh?.();
    this.missed = false;
    if (this.way > 0) this.after("better", BETTER_MS, () => this.tryBetter());
    this.tellState();
  }

  /** Try the first way again, and keep what we have if it does not open. */
  tryBetter() {
    if (this.ended || this.opening || !this.link || document.hidden) return this.after("better", BETTER_MS, () => this.tryBetter());
    const was = this.way;
    this.way = 0;
    this.open();
    this.opening.was = was;
  }

  heard(mine, cursor) {
    if (mine !== this.link && mine !== this.opening) return false;
    if (cursor !== undefined && cursor !== null && cursor !== "") this.cursor = String(cursor);
    this.after("proof", PROOF_MS, () => this.open());
    return true;
  }

  happened(mine, name, data, id) {
    if (!this.heard(mine, id) || this.told.has(id)) return;
    this.told.add(id);
    if (this.told.size > REMEMBERED) this.told.delete(this.told.values().next().value);
    if (!this.options.names.length || this.options.names.includes(name)) this.options.onEvent?.({ name, data, id });
  }

  reset(mine, cursor) {
    if (this.heard(mine, cursor)) this.options.onAfresh?.();
  }

  fail(mine, { refused = false } = {}) {
    mine.close();
    if (mine !== this.link && mine !== this.opening) return;
    if (mine === this.opening && mine.was && this.link) {
      clearTimeout(this.timers.open);
      this.opening = null;
      this.way = mine.was;
      return this.after("better", BETTER_MS, () => this.tryBetter());
    }
    const opened = mine === this.link;
    if (opened) this.link = null;
    else this.opening = null;
    if (refused) return this.stop("signed-out");
    this.lose();
    if (!opened && ++this.failures % TRIES_OF_A_WAY === 0) this.way = Math.min(this.way + 1, this.options.ways.length - 1);
    if (this.failures > 0) this.options.onTrouble?.();
    const wait = WAIT_MS[Math.min(this.failures, WAIT_MS.length - 1)] * (1 + Math.random() / 4);
    this.after("again", wait, () => this.open());
  }

  lose() {
    this.rest();
    this.lostSince ??= Date.now();
    this.tellState();
    this.after("grace", GRACE_MS + 50, () => this.tellState());
  }

  rest() {
    this.link?.close();
    this.opening?.close();
    this.link = this.opening = null;
    this.missed = true;
    for (const name of ["open", "proof", "better"]) clearTimeout(this.timers[name]);
  }

  tellState() {
    const state = this.ended ? this.ended
      : this.lostSince && (Date.now() - this.lostSince >= GRACE_MS || !navigator.onLine) ? "offline"
      : this.link && !this.lostSince ? "live" : "catching-up";
    this.options.onState?.({ state, way: this.options.ways[this.way], since: this.lostSince });
  }

  after(name, ms, act) {
    clearTimeout(this.timers[name]);
    if (!this.ended) this.timers[name] = setTimeout(act, ms);
  }

  async query(more = {}) {
    const { channels, topics, ticket } = this.options;
    const query = new URLSearchParams();
    if (channels.length) query.set("channels", channels.join(","));
    if (topics.length) query.set("topics", topics.join(","));
    if (this.cursor !== "") query.set("since", this.cursor);
    if (ticket && more.ticket) query.set("ticket", await ticket());
    return query;
  }
}

async function openSocket(events, mine) {
  const query = await events.query({ ticket: true }).catch(() => null);
  if (!query || events.opening !== mine) return query || events.fail(mine);
  const socket = new WebSocket(`${events.options.at.replace(/^http/, "ws")}/?${query}`);
  mine.close = () => { socket.onclose = socket.onmessage = null; socket.close(); };
  socket.onclose = ({ code }) => events.fail(mine, { refused: REFUSED.has(code) });
  socket.onmessage = ({ data }) => {
    const frame = JSON.parse(data);
    if (frame.type === "connected") return events.take(mine, frame.cursor);
    if (frame.type === "reset") return events.reset(mine, frame.cursor);
    if (frame.id === undefined) return events.heard(mine, frame.cursor);
    events.happened(mine, frame.type, frame.payload ?? frame, String(frame.id));
  };
}

async function openStream(events, mine) {
  const query = await events.query({ ticket: true }).catch(() => null);
  if (!query || events.opening !== mine) return query || events.fail(mine);
  const stream = new EventSource(`${events.options.at}/api/events?${query}`);
  mine.close = () => stream.close();
  stream.addEventListener("error", () => events.fail(mine));
  stream.addEventListener("connected", ({ lastEventId, data }) => events.take(mine, lastEventId || JSON.parse(data).cursor));
  stream.addEventListener("reset", ({ lastEventId }) => events.reset(mine, lastEventId));
  for (const name of events.options.names) {
    stream.addEventListener(name, ({ lastEventId, data }) => {
      const told = JSON.parse(data);
      events.happened(mine, name, told.payload ?? told, lastEventId);
    });
  }
}

async function openPoll(events, mine) {
  let timer = null;
  const leaving = new AbortController();
  mine.close = () => { clearTimeout(timer); leaving.abort(); };
  const ask = async () => {
    try {
      const query = await events.query();
      const headers = events.options.headers?.() ?? {};
      const answer = await fetch(`${events.options.at}/api/realtime/poll?${query}`, { cache: "no-store", headers, signal: leaving.signal });
      if (answer.status === 401 || answer.status === 403) return events.fail(mine, { refused: true });
      if (!answer.ok) return events.fail(mine);
      const told = await answer.json();
      events.take(mine, events.cursor);
      if (told.reset) events.reset(mine, told.cursor);
      for (const frame of told.events) events.happened(mine, frame.type, frame.payload ?? frame, String(frame.id));
      events.heard(mine, told.cursor);
      timer = setTimeout(ask, told.more ? 0 : POLL_MS);
    } catch (error) {
      if (error.name !== "AbortError") events.fail(mine);
    }
  };
  await ask();
}
