// The frame: connection badge, stale bar, counts, clock, keys, theme, language, dialogs.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  const { el, mark, put, t } = lineshaft;
  const $ = (id) => document.getElementById(id);
  // Without these nothing on the screens is new.
  const PIPELINE = ["ingest", "flow", "plant"];
  // The flow commits at least once a second, with the journal's tick.
  const LAG_MS = 6000;
  const STATE_ORDER = {
    unacknowledged: 0, latched_unacknowledged: 1, returned: 2, acknowledged: 3, latched_acknowledged: 4, shelved: 5,
    suppressed: 6, out_of_service: 7, normal: 8,
  };
  lineshaft.stateOrder = (state) => STATE_ORDER[state] ?? 9;
  // The server decides; this only keeps buttons away from those it would refuse.
  const ACKNOWLEDGERS = ["operator", "supervisor", "maintainer", "admin"];
  const ADOPTERS = ["maintainer", "admin"];
  const LABELLERS = ["maintainer", "admin"];
  const MOST_ACKED = 1000; // by one request

  const start = () => window.lineshaftStart || {};
  lineshaft.mayAck = () => ACKNOWLEDGERS.includes(start().me?.role);
  lineshaft.mayAdopt = () => ADOPTERS.includes(start().me?.role);
  lineshaft.mayLabel = () => LABELLERS.includes(start().me?.role);
  // What needs a person first: unacknowledged, then by priority, then the newest.
  lineshaft.byUrgency = (a, b) =>
    STATE_ORDER[a.state] - STATE_ORDER[b.state] || a.priority - b.priority || b.raised - a.raised;

  // Whose screens these are and who looks: the plant's sites beside the brand, the person beside the way out.
  const SITES_SHOWN = 2;
  function showWho() {
    const sites = (start().sites ?? []).map(lineshaft.name);
    const more = sites.length > SITES_SHOWN ? ` +${sites.length - SITES_SHOWN}` : "";
    put($("plant-name"), sites.slice(0, SITES_SHOWN).join(" · ") + more);
    mark($("plant-name"), "title", more ? sites.join(" · ") : null);
    const { name, login, role } = start().me ?? {};
    put($("who"), name || login || "");
    mark($("who"), "title", role ? t(`role.${role}`) : null);
  }

  function showLink() {
    const badge = $("link-state");
    if (!badge) return;
    const { state, attempt } = lineshaft.link();
    mark(badge, "data-state", state);
    put(badge, t(`link.${state}`, { n: attempt }));
    showStale(state);
  }

  function showStale(state) {
    const bar = $("stale-bar");
    const words = staleWords(state);
    put(bar, words);
    bar.hidden = !words;
    mark(document.documentElement, "data-stale", words ? true : null);
  }

  // Why what is shown is not of now, and of when it is; "" when it is of now.
  function staleWords(state) {
    const health = lineshaft.health();
    const dead = (lineshaft.state.one("system")?.services ?? []).filter(
      (row) => PIPELINE.includes(row.service) && row.state !== "up",
    );
    if (["delayed", "reconnecting", "offline"].includes(state)) {
      return lineshaft.lastTs() ? t("stale.link", { time: lineshaft.clock(lineshaft.lastTs()) }) : t("stale.never");
    }
    const time = lineshaft.clock(health?.data_ts ?? Math.min(...dead.map((row) => row.seen)));
    if (health?.db === false) return t("stale.database", { time });
    if (dead.length) {
      return t("stale.service", { services: dead.map((row) => t(`service.${row.service}`)).join(", "), time });
    }
    if (health?.data_ts && health.ts - health.data_ts > LAG_MS) return t("stale.results", { time });
    return "";
  }

  // The page that shows what an alarm is about.
  lineshaft.whereIs = (row) => {
    if (row.group) return `/alarms?open=${encodeURIComponent(row.id)}`;
    if (row.rule.startsWith("late:")) return `/logistics?shipment=${encodeURIComponent(row.rule.slice(5))}`;
    if (/^(offline|offroute)\b/.test(row.rule) && !row.source.includes("/")) return `/vehicles/${encodeURIComponent(row.source)}`;
    return row.source.includes("/") ? "/system" : `/machines/${encodeURIComponent(row.source)}`;
  };

  // Tells the user something once; errors carry the server's id so that it can be found in the log.
  let hide = null;
  lineshaft.say = (words) => {
    const bar = $("said");
    put(bar, words);
    bar.hidden = false;
    if (bar.showPopover) {
      // Only a popover is drawn above an open dialog, and the last one shown is the topmost.
      mark(bar, "popover", "manual");
      if (bar.matches(":popover-open")) bar.hidePopover();
      bar.showPopover();
    }
    clearTimeout(hide);
    hide = setTimeout(() => {
      bar.hidePopover?.();
      bar.hidden = true;
    }, 6000);
  };

  // A request to our API; gives its JSON, or null after telling what went wrong.
  lineshaft.call = async (path, { method = "GET", body, quiet = false, refused = null } = {}) => {
    let answer;
    try {
      answer = await fetch(path, {
        method,
        headers: body === undefined ? {} : { "content-type": "application/json" },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
    } catch {
      if (!quiet) lineshaft.say(t("error.unreachable"));
      return null;
    }
    if (answer.status === 401) {
      lineshaft.toLogin();
      return null;
    }
    const said = await answer.json().catch(() => ({}));
    if (answer.ok) return said;
    // A form shows what was refused at the field that is meant.
    if (refused && answer.status !== 403 && said.error?.message) refused(said.error.message);
    else if (!quiet) {
      const error = said.error ?? {};
      const words = answer.status === 403 ? t("error.forbidden") : error.message || t("error.failed");
      lineshaft.say(error.id ? `${words} (${error.id})` : words);
    }
    return null;
  };

  lineshaft.ack = async (ids, comment = "") => {
    if (ids.length === 1) {
      // What has come up since it was drawn is not acknowledged by who could not see it.
      const seen_pos = lineshaft.state.rows("alarms").find((row) => row.id === ids[0])?.seen_pos ?? null;
      const path = `/api/v1/alarms/${encodeURIComponent(ids[0])}/ack`;
      const done = await lineshaft.call(path, { method: "POST", body: { comment, seen_pos } });
      if (done) lineshaft.say(t("ack.done", { n: 1 }));
      return done ? 1 : 0;
    }
    let count = 0;
    for (let n = 0; n < ids.length; n += MOST_ACKED) {
      const some = ids.slice(n, n + MOST_ACKED);
      const done = await lineshaft.call("/api/v1/alarms/ack", { method: "POST", body: { ids: some, comment } });
      if (!done) return count; // and what went wrong was said
      count += done.items.length;
    }
    lineshaft.say(t("ack.done", { n: count }));
    return count;
  };

  lineshaft.ackButton = (row) =>
    el(
      "button.button.ack",
      { type: "button", "aria-label": `${t("ack.do")}: ${lineshaft.name(row.source_name)}`, title: t("ack.title") },
      t("ack.short"),
    );

  // Goes to one of our pages without loading the program again.
  lineshaft.go = (path) => {
    history.pushState({}, "", path);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
    window.scrollTo(0, 0);
  };

  // Everything a click may hit in the frame, by delegation: React may replace the nodes at any time.
  const CLICKS = {
    help: () => $("legend").showModal(),
    reload: () => location.reload(),
    close: (node) => node.closest("dialog").close(),
    theme: () => {
      const dark = getComputedStyle(document.documentElement).colorScheme === "dark" ||
        (!document.documentElement.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);
      setTheme(dark ? "light" : "dark");
    },
    language: async () => {
      const other = lineshaft.language().startsWith("zh") ? "en" : "zh-CN";
      document.cookie = `lineshaft_language=${other}; path=/; max-age=31536000; samesite=lax`;
      await lineshaft.call("/api/v1/me/language", { method: "PUT", body: { language: other }, quiet: true });
      location.reload();
    },
    logout: async () => {
      await lineshaft.call("/api/v1/logout", { method: "POST", quiet: true });
      location.assign("/login");
    },
  };

  function setTheme(theme) {
    document.documentElement.dataset.theme = theme;
    localStorage.setItem("lineshaft.theme", theme);
  }

  document.addEventListener("click", (event) => {
    const node = event.target.closest?.("[data-do]");
    if (node && CLICKS[node.dataset.do]) CLICKS[node.dataset.do](node);
    const link = event.target.closest?.("a[href^='/']");
    const plain = !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0;
    if (link && plain && !link.target && !event.defaultPrevented && !link.getAttribute("href").startsWith("/api")) {
      event.preventDefault();
      lineshaft.go(link.getAttribute("href"));
    }
  });

  // g then a letter goes to a page; ? explains the signs; / searches.
  const PLACES = { o: "/", m: "/machines", a: "/alarms", t: "/maintenance", l: "/logistics", w: "/trace", d: "/models", s: "/system" };
  let goes = false;
  document.addEventListener("keydown", (event) => {
    if (event.target.matches?.("input, textarea, select, [contenteditable]") || event.ctrlKey || event.metaKey) return;
    if (event.altKey || document.querySelector("dialog[open]")) return;
    if (goes && PLACES[event.key]) lineshaft.go(PLACES[event.key]);
    else if (event.key === "?") CLICKS.help();
    else if (event.key === "/" && document.querySelector("[data-search]")) {
      event.preventDefault();
      document.querySelector("[data-search]").focus();
    }
    goes = event.key === "g";
  });

  // Pages register themselves here: {topics(root), mount(root), render(root, changed)}.
  lineshaft.pages = lineshaft.pages || {};
  let mounted = null;

  function run(changed) {
    const root = document.querySelector("[data-page]");
    if (!root) return;
    const page = lineshaft.pages[root.dataset.page];
    if (root !== mounted) {
      mounted = root;
      showPlace();
      lineshaft.setTopics(page?.topics?.(root) ?? []);
      page?.mount?.(root);
      changed = null; // everything
    }
    page?.render?.(root, changed && new Set(changed));
  }

  function showPlace() {
    const isAt = (path) => (path === "/" ? location.pathname === "/" : location.pathname.startsWith(path));
    for (const link of document.querySelectorAll(".nav a, .tabs-phone a")) {
      const here = link.dataset.paths.split(" ").some(isAt);
      mark(link, "aria-current", here ? "page" : null);
    }
    for (const section of document.querySelectorAll(".subnav")) {
      section.hidden = !section.dataset.paths.split(" ").some(isAt);
      for (const link of section.querySelectorAll("a")) mark(link, "aria-current", isAt(new URL(link.href).pathname) ? "page" : null);
    }
    const heading = document.querySelector("main h1");
    document.title = heading ? `${heading.textContent} · Lineshaft` : "Lineshaft";
    mark(document.documentElement, "data-kiosk", new URLSearchParams(location.search).get("kiosk") === "1" || null);
  }

  // What one part stumbles over must not keep the others from showing what is new.
  function each(...parts) {
    for (const part of parts) {
      try {
        part();
      } catch (error) {
        console.error(error);
      }
    }
  }

  // The one clientside callback: dcc.Store "live" or the page's content changed.
  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.lineshaft = {
    render(live) {
      each(showWho, showLink, lineshaft.showBanner, () => run(live?.changed ?? []));
      // React may not have put the new page in place yet.
      requestAnimationFrame(() => run([]));
      return window.dash_clientside.no_update;
    },
  };

  let awake = null;
  async function keepAwake() {
    if (document.documentElement.dataset.kiosk === undefined || awake || !navigator.wakeLock) return;
    awake = await navigator.wakeLock.request("screen").catch(() => null);
    awake?.addEventListener("release", () => (awake = null));
  }

  // A wall display runs for months: it starts afresh once a day, when it can reach the server.
  const DAY_MS = 86_400_000;
  function everySecond() {
    const clock = () => put($("clock"), lineshaft.clock(lineshaft.now()));
    each(showLink, clock, lineshaft.tickAll, () => run([]), keepAwake);
    const kiosk = document.documentElement.dataset.kiosk !== undefined;
    if (kiosk && performance.now() > DAY_MS && lineshaft.link().state === "live") location.reload();
  }

  const theme = localStorage.getItem("lineshaft.theme");
  if (theme) setTheme(theme);
  lineshaft.showLink = showLink;
  setInterval(everySecond, 1000);
})();
