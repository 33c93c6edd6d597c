// System: services, rates and devices. Figures that are not pushed are asked for every 5 s, for the books and
// dead letters beside them too (page_books.js, page_letters.js).
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  const { el, list, mark, put, slot, t } = lineshaft;
  const EVERY_MS = 5000;
  const SHOWN = 100;
  let asked = -Infinity;
  let mounted = null;

  const number = (value) => lineshaft.number(value);
  const cell = (column, ...inside) => el("td", { "data-label": t(`column.${column}`) }, ...inside);
  const bytes = (value) =>
    value === null || value === undefined ? lineshaft.DASH : `${lineshaft.number(value / 1048576, 1)} MiB`;

  function showSystem(root) {
    const system = lineshaft.state.one("system");
    for (const name of ["messages_s", "readings_in_s", "stored_s", "rejected_s"]) {
      const value = system.rates?.[name];
      put(slot(root, name), lineshaft.number(value, value > 0 && value < 10 ? 1 : 0));
      if (name === "rejected_s") mark(slot(root, name), "class", value > 0 ? "bad" : null);
    }
    const lag = (pos) => (pos === null || pos === undefined ? null : Math.max(0, system.journal.head - pos));
    put(slot(root, "lag_shard"), number(lag(system.journal?.shard_pos)));
    put(slot(root, "lag_plant"), number(lag(system.journal?.plant_pos)));
    put(slot(root, "flavour"), system.database ? t(`flavour.${system.database.flavour}`) : lineshaft.DASH);
    put(slot(root, "bytes"), bytes(system.database?.bytes));
    put(slot(root, "version"), system.version || lineshaft.DASH);
    list(slot(root, "services"), system.services ?? [], {
      id: (row) => row.service,
      make: () =>
        el("tr", {}, cell("service", el("b")), cell("state", el("span.state")), cell("beat", el("span")),
          cell("started", el("span")), cell("detail", el("span.quiet"))),
      update(node, row) {
        const [name, state, beat, started, detail] = [...node.children].map((part) => part.firstElementChild);
        put(name, lineshaft.has(`service.${row.service}`) ? t(`service.${row.service}`) : row.service);
        put(state, t(`service.state.${row.state}`));
        mark(state, "data-state", { up: "RUN", stale: "OFFLINE", down: "DOWN" }[row.state]);
        mark(beat, "data-age-text", "ago");
        lineshaft.age(beat, row.seen);
        mark(started, "data-age-text", "span.for");
        lineshaft.age(started, row.started);
        put(detail, Object.entries(row.detail ?? {}).map((one) => said(row.service, ...one)).filter(Boolean).join(" · "));
      },
    });
  }

  // Of what a service says of itself, what has words in the catalogue helps a person; the rest is for its log.
  function said(service, name, value) {
    const key = `detail.${service}.${name}${value === false ? ".not" : ""}`;
    return value === 0 || !lineshaft.has(key) ? "" : t(key, { n: number(value) });
  }

  function showDevices(root, all) {
    // An agent reports on itself under its own name: no machine, and nothing to adopt.
    const isAgent = (row) => row.device === row.agent && !(row.signals ?? []).length;
    const unassigned = all.filter((row) => !row.asset && !isAgent(row));
    const rows = [...unassigned, ...all.filter((row) => row.asset || isAgent(row))].slice(0, SHOWN);
    put(slot(root, "devices-count"), t("devices.count", { n: all.length, unassigned: unassigned.length }));
    slot(root, "devices-none").hidden = all.length > 0;
    list(slot(root, "devices"), rows, {
      id: (row) => row.id,
      make: (row) => {
        const adopt = el("button.button", { type: "button" }, t("adopt.do"));
        adopt.addEventListener("click", () => askAdopt(root, row));
        return el("tr", {}, cell("device", el("span.code", {}, `${row.site}/${row.agent}/${row.device}`)), cell("speaks_for", el("span")),
          cell("seen", el("span")), cell("signals", el("span")), cell("adopt", adopt));
      },
      update(node, row) {
        const [, asset, seen, signals, adopt] = [...node.children].map((part) => part.firstElementChild);
        put(asset, row.asset || t(isAgent(row) ? "devices.agent" : "devices.unassigned"));
        mark(asset, "class", row.asset || isAgent(row) ? null : "bad");
        mark(seen, "data-age-text", "ago");
        lineshaft.age(seen, row.last_seen);
        put(signals, isAgent(row) ? outbox(row) : (row.signals ?? []).map(lineshaft.signal).join(", ") || lineshaft.DASH);
        adopt.hidden = Boolean(row.asset) || isAgent(row) || !lineshaft.mayAdopt();
      },
    });
  }

  // An agent keeps what it could not send yet: more than a little says that its line is slow or cut.
  function outbox(row) {
    const waiting = row.report?.spool?.n;
    if (!row.online) return t("devices.agent.offline");
    return waiting ? t("devices.agent.waiting", { n: number(waiting) }) : t("devices.agent.online");
  }

  // A device that speaks but stands in no plan: say what it is, and it becomes a machine with its history.
  function askAdopt(root, device) {
    const lines = [...slot(root, "lines").children].filter((node) => node.dataset.site === device.site);
    if (!lines.length) return lineshaft.say(t("adopt.no_line", { site: device.site }));
    const field = (name, control) => el("label.field-row", {}, t(`adopt.${name}`), control);
    const name = el("input.field", { name: "name", required: true, maxlength: 80, value: device.device });
    const key = el("input.field", { name: "key", maxlength: 64, pattern: "[A-Za-z0-9][A-Za-z0-9._\\-]*", value: device.device });
    const kind = el("select.field", { name: "kind" },
      ...["pump", "motor", "press", "conveyor", "cnc", "other"].map((value) => el("option", { value }, t(`kind.${value}`))));
    const line = el("select.field", { name: "line" },
      ...lines.map((node) => el("option", { value: node.dataset.lineKey }, node.textContent)));
    const form = el("form", {}, el("h2", {}, t("adopt.title", { device: device.device })),
      field("name", name), field("key", key), field("kind", kind), field("line", line),
      el("div.row", {}, el("button.button", { type: "button", "data-do": "close" }, t("cancel")),
        el("button.button", { type: "submit" }, t("adopt.do"))));
    const dialog = el("dialog", { "aria-label": t("adopt.title", { device: device.device }) }, form);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const body = { key: key.value.trim() || null, name: name.value.trim(), kind: kind.value, line: line.value || null };
      const done = await lineshaft.call(`/api/v1/devices/${device.id}/adopt`, { method: "POST", body });
      if (!done) return;
      dialog.close();
      lineshaft.say(t("adopt.done", { name: body.name }));
      asked = -Infinity;
    });
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  }

  async function ask(root) {
    if (document.hidden || performance.now() - asked < EVERY_MS || lineshaft.link().state !== "live") return;
    asked = performance.now();
    const get = (path) => lineshaft.call(`/api/v1/${path}`, { quiet: true });
    const [books, devices] = await Promise.all([get("accounting"), get("devices"), lineshaft.letters.ask(root)]);
    if (!root.isConnected) return;
    if (books) lineshaft.books.show(root, books);
    else lineshaft.books.fail(root);
    if (devices) showDevices(root, devices.items);
  }

  lineshaft.pages = lineshaft.pages || {};
  lineshaft.pages.system = {
    topics: () => [],
    mount: () => (asked = -Infinity),
    render(root, changed) {
      if (mounted !== root) lineshaft.letters.mount((mounted = root));
      if (lineshaft.state.one("system") && (!changed || changed.has("system"))) showSystem(root);
      ask(root);
    },
  };
})();
