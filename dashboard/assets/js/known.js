// What is known of the plant in this tab, and how messages change it. No input or output: tests/dashboard/js.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});

  const idOf = (row) => String(row.key ?? row.id ?? row.epc ?? row.shipment_id ?? "");

  // Waits between tries grow from half a second to 15 s and never end; the jitter keeps a hall full of
  // displays from coming back in the same instant.
  function backoff(attempt, random = Math.random) {
    return Math.min(15000, 500 * 2 ** Math.min(attempt, 10)) * (0.75 + 0.5 * random());
  }

  const MOST_HELD = 100;

  class LiveState {
    constructor() {
      this.epoch = null;
      this.topics = new Map(); // topic → {seq, ts, rows: Map | null, one: object | null}
      this.held = new Map(); // topic → deltas that came while its snapshot is being fetched
    }

    // Takes a message; gives the topics that changed, those to subscribe to anew because a message was missed,
    // and those to fetch because they are too large for the line.
    take(message) {
      if (message.t === "snapshot") return { ...this.#snapshot(message), fetch: [] };
      if (message.t === "delta") return { ...this.#delta(message), fetch: [] };
      if (message.t !== "resync") return { changed: [], resync: [], fetch: [] };
      if (!this.held.has(message.topic)) this.held.set(message.topic, []);
      return { changed: [], resync: [], fetch: [message.topic] };
    }

    #snapshot({ topic, epoch, seq, ts, data }) {
      if (this.epoch !== null && epoch !== this.epoch) this.topics.clear();
      this.epoch = epoch;
      const many = Array.isArray(data);
      this.topics.set(topic, {
        seq,
        ts,
        rows: many ? new Map(data.map((row) => [idOf(row), row])) : null,
        one: many ? null : data,
      });
      const held = this.held.get(topic) ?? [];
      this.held.delete(topic);
      const missed = held.some((delta) => this.#delta(delta).resync.length);
      return { changed: [topic], resync: missed ? [topic] : [] };
    }

    #delta(message) {
      const { topic, epoch, seq, ts, rows = [], gone = [] } = message;
      const held = this.held.get(topic);
      if (held) {
        held.push(message);
        if (held.length > MOST_HELD) held.shift(); // what is lost so shows as a gap
        return { changed: [], resync: [] };
      }
      const known = this.topics.get(topic);
      if (!known) return { changed: [], resync: [] }; // its snapshot is on the way, or nobody asked for it
      if (epoch !== this.epoch) {
        // The server is another one than it was: nothing of before may be mixed with what it says.
        const lost = [...this.topics.keys()];
        this.epoch = epoch;
        this.topics.clear();
        return { changed: [], resync: lost };
      }
      if (seq <= known.seq) return { changed: [], resync: [] }; // older than the snapshot
      if (seq !== known.seq + 1) return { changed: [], resync: [topic] };
      known.seq = seq;
      known.ts = ts;
      if (known.rows) {
        for (const row of rows) known.rows.set(idOf(row), row);
        for (const id of gone) known.rows.delete(String(id));
      } else if (rows.length) {
        known.one = { ...known.one, ...rows[rows.length - 1] };
      }
      return { changed: [topic], resync: [] };
    }

    rows(topic) {
      return [...(this.topics.get(topic)?.rows?.values() ?? [])];
    }

    one(topic) {
      return this.topics.get(topic)?.one ?? null;
    }

    has(topic) {
      return this.topics.has(topic);
    }
  }

  // Topics too large for the line, fetched as ordinary, compressed answers: one request a topic at a time. What
  // failed, or was said anew meanwhile, is asked for with the next `again`.
  class Snapshots {
    constructor(get, hear) {
      this.get = get;
      this.hear = hear;
      this.wanted = new Set();
      this.underway = new Set();
    }

    async ask(topic) {
      this.wanted.add(topic);
      if (this.underway.has(topic)) return;
      this.wanted.delete(topic);
      this.underway.add(topic);
      const message = await this.get(`/api/live/snapshot?topic=${encodeURIComponent(topic)}`);
      this.underway.delete(topic);
      if (message) this.hear(message);
      else this.wanted.add(topic);
    }

    // `topics`: those that are still shown.
    again(topics) {
      const wanted = [...this.wanted];
      this.wanted = new Set();
      return Promise.all(wanted.filter((topic) => topics.includes(topic)).map((topic) => this.ask(topic)));
    }
  }

  // The server's clock as this tab knows it. It advances by the monotonic clock, never by the wall clock of
  // the browser, which on a shop floor is often minutes wrong.
  class ServerTime {
    constructor(monotonic) {
      this.monotonic = monotonic;
      this.offset = null;
    }

    // Of two offsets the larger met less delay on its way; a step back over 2 s is the server's own correction.
    hear(ts) {
      const offset = ts - this.monotonic();
      if (this.offset === null || offset > this.offset || offset < this.offset - 2000) this.offset = offset;
    }

    now() {
      return this.offset === null ? null : this.monotonic() + this.offset;
    }
  }

  Object.assign(lineshaft, { LiveState, ServerTime, Snapshots, backoff });
})();
