// Keeps one WebSocket to the server alive for ever, and tells the page what changed.
//
// Dash's own socket gives up after ten tries; a wall display would stay frozen. This one never does. What
// arrived is in `lineshaft.state`; dcc.Store "live" gets the names of changed topics, which runs the page.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  const ALWAYS = ["kpi", "alarms", "groups", "system"];
  const SILENT_MS = 6000; // a heartbeat comes every 5 s
  const DEAD_MS = 15000; // no heartbeat for this long: the line is dead even if nobody said so

  const state = new lineshaft.LiveState();
  const time = new lineshaft.ServerTime(() => performance.now());
  const snapshots = new lineshaft.Snapshots((path) => lineshaft.call(path, { quiet: true }), hear);
  let socket = null;
  let attempt = 0;
  let retry = null;
  let lastHeard = null; // monotonic ms of the last message
  let lastTs = null; // server ms of the last message
  let health = null; // the last heartbeat: {ts, data_ts, db}
  let pageTopics = [];
  let subscribed = "";
  let dirty = new Set();
  let flush = null;
  let version = 0;

  const topics = () => [...new Set([...ALWAYS, ...pageTopics])];

  function open() {
    retry = null;
    if (document.hidden || socket) return;
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const mine = new WebSocket(`${scheme}//${location.host}/api/live/ws`);
    socket = mine;
    let opened = false;
    mine.onopen = () => {
      opened = true;
      subscribe(topics());
    };
    mine.onmessage = (event) => hear(JSON.parse(event.data));
    mine.onclose = (event) => {
      if (socket !== mine) return;
      socket = null;
      subscribed = "";
      if (event.code === 4401) return lineshaft.toLogin();
      if (!opened) checkSession();
      again();
    };
  }

  function again() {
    lineshaft.showLink?.();
    if (retry || document.hidden) return;
    retry = setTimeout(open, lineshaft.backoff(attempt));
    attempt += 1;
  }

  // A handshake refused looks like a server that is away; only an ordinary request tells them apart.
  function checkSession() {
    fetch("/api/v1/me").then((answer) => answer.status === 401 && lineshaft.toLogin(), () => {});
  }

  function subscribe(wanted) {
    if (socket?.readyState !== WebSocket.OPEN) return;
    subscribed = wanted.join(" ");
    socket.send(JSON.stringify({ op: "sub", topics: wanted }));
  }

  function hear(message) {
    attempt = 0;
    lastHeard = performance.now();
    if (message.ts) {
      lastTs = message.ts;
      time.hear(message.ts);
    }
    if (message.t === "hb") health = message;
    const { changed, resync, fetch } = state.take(message);
    if (resync.length) subscribe(topics());
    for (const topic of fetch) snapshots.ask(topic);
    for (const topic of changed) dirty.add(topic);
    if (message.topic?.startsWith("machine:") && changed.length) lineshaft.points?.(message);
    if (dirty.size && flush === null) flush = setTimeout(tell, 0);
  }

  function tell() {
    flush = null;
    if (!document.getElementById("main")) {
      flush = setTimeout(tell, 100); // Dash has not drawn its layout yet, and fails on properties of nothing
      return;
    }
    const changed = [...dirty];
    dirty = new Set();
    version += 1;
    window.dash_clientside.set_props("live", { data: { version, changed } });
  }

  function sever() {
    const old = socket;
    socket = null;
    subscribed = "";
    old?.close();
  }

  // Once a second: a line that says nothing is dead, whatever the browser believes.
  function watch() {
    if (socket?.readyState === WebSocket.OPEN && lastHeard && performance.now() - lastHeard > DEAD_MS) {
      sever();
      again();
    }
    if (!socket && !retry && !document.hidden) open();
    if (socket?.readyState === WebSocket.OPEN && subscribed !== topics().join(" ")) subscribe(topics());
    if (!document.hidden) snapshots.again(topics());
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ op: "pause" }));
      return;
    }
    attempt = 0;
    if (socket?.readyState === WebSocket.OPEN) subscribe(topics()); // answered by fresh snapshots
    else {
      clearTimeout(retry);
      retry = null;
      open();
    }
  });
  window.addEventListener("online", () => {
    attempt = 0;
    clearTimeout(retry);
    retry = null;
    open();
  });

  // live: fresh · delayed: silent · reconnecting: trying · offline: long away · connecting: never was
  function link() {
    const silent = lastHeard === null ? null : performance.now() - lastHeard;
    if (socket?.readyState === WebSocket.OPEN) {
      if (silent === null) return { state: "connecting", attempt };
      return { state: silent > SILENT_MS ? "delayed" : "live", attempt };
    }
    if (attempt === 0 && lastHeard === null) return { state: "connecting", attempt };
    return { state: attempt > 6 || navigator.onLine === false ? "offline" : "reconnecting", attempt };
  }

  Object.assign(lineshaft, {
    state,
    link,
    now: () => time.now(),
    lastTs: () => lastTs,
    health: () => health,
    setTopics(wanted) {
      pageTopics = wanted;
      if (subscribed !== topics().join(" ")) subscribe(topics());
    },
    toLogin() {
      location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
    },
  });
  setInterval(watch, 1000);
  open();
})();
