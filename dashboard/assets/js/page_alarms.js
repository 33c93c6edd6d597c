// Alarms: the grid and the phone's list show the same rows. New rows never move the row under the pointer.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  const { mark, put, slot, t } = lineshaft;
  const LIVE = 500; // the live list has the most urgent so many; the rest is asked for
  const AGAIN_MS = 5000;
  let grid = null;
  let asked = new Map(); // what the API gave: all of a tab that does not live, or what is behind the live list
  let next = null;
  let askedAt = 0;
  let filters = new Set();
  let words = "";
  let over = false;
  let chosen = [];
  let at = null; // id of the row the keys are on

  const tab = (root) => root.dataset.show;
  const only = (root) => JSON.parse(root.dataset.only || "{}");

  function rows(root) {
    if (tab(root) !== "active") return [...asked.values()];
    const live = lineshaft.state.rows("alarms");
    const byId = new Map(live.length < LIVE ? [] : asked);
    for (const row of live) byId.set(row.id, row);
    return [...byId.values()];
  }

  function matches(root, row) {
    if (filters.size && !filters.has(row.priority)) return false;
    const wanted = only(root);
    for (const [name, value] of Object.entries(wanted)) {
      if (row[name] !== value && !(name === "rule" && row.rule.split(":")[0] === value)) return false;
    }
    const said = [row.source, lineshaft.name(row.source_name), row.rule, row.comment, lineshaft.alarm(row)].join(" ");
    return !words || said.toLowerCase().includes(words);
  }

  async function ask(root, more = false) {
    askedAt = performance.now();
    const query = new URLSearchParams({ state: tab(root), limit: String(LIVE), ...only(root) });
    if (tab(root) === "history" && words) query.set("text", words);
    if (more && next) query.set("cursor", next);
    const page = await lineshaft.call(`/api/v1/alarms?${query}`, { quiet: !more });
    if (!page || !root.isConnected) return;
    if (!more) asked = new Map();
    for (const row of page.items) asked.set(row.id, row);
    next = page.next;
    show(root);
  }

  // Differences against what the grid has: a row added twice would break it.
  function showGrid(root, wanted) {
    if (!grid) return;
    const keys = new Set(wanted.map((row) => row.id));
    const change = { add: [], update: [], remove: [] };
    for (const row of wanted) {
      const node = grid.getRowNode(row.id);
      if (!node) change.add.push(row);
      else if (JSON.stringify(node.data) !== JSON.stringify(row)) change.update.push(row);
    }
    grid.forEachNode((node) => {
      if (!keys.has(node.data.id)) change.remove.push(node.data);
    });
    const first = grid.getDisplayedRowCount() === 0;
    const held = over && !first && tab(root) === "active" ? change.add.length : 0;
    const bar = slot(root, "new-rows");
    bar.hidden = !held;
    put(bar, t("alarms.new", { n: held }));
    if (held) change.add = [];
    if (change.add.length || change.update.length || change.remove.length) {
      grid.applyTransaction(change);
      grid.refreshCells({ rowNodes: change.update.map((row) => grid.getRowNode(row.id)).filter(Boolean), force: true });
      if (change.update.length) grid.refreshClientSideRowModel("sort");
    }
  }

  function showMore(root, shown) {
    const counts = lineshaft.state.one("kpi")?.alarms;
    const all = counts && tab(root) === "active" && !filters.size && !words ? [1, 2, 3, 4].reduce((sum, n) => sum + (counts[n] ?? 0), 0) : null;
    const isMore = next !== null || (all !== null && tab(root) === "active" && all > shown && asked.size === 0);
    slot(root, "more-box").hidden = !isMore;
    put(slot(root, "more-said"), all ? t("alarms.more.of", { n: shown, all }) : t("alarms.more.said", { n: shown }));
  }

  function show(root) {
    if (!slot(root, "phone") || !lineshaft.state.has("alarms") || (tab(root) !== "active" && !askedAt)) return;
    const all = rows(root);
    for (const priority of [1, 2, 3, 4]) {
      put(root.querySelector(`[data-count="${priority}"]`), String(all.filter((row) => row.priority === priority).length));
    }
    const wanted = all.filter((row) => matches(root, row));
    showGrid(root, wanted);
    lineshaft.showWrong(slot(root, "phone"), [...wanted].sort(lineshaft.byUrgency).slice(0, 100));
    slot(root, "none").hidden = wanted.length > 0;
    mark(root, "data-empty", wanted.length ? null : true);
    showMore(root, wanted.length);
    lineshaft.alarmDetail.refresh(root, byId(root, lineshaft.alarmDetail.shown()));
  }

  const byId = (root, id) => rows(root).find((row) => row.id === id);

  function showSelected(root) {
    const rows = grid?.getSelectedRows() ?? [];
    const button = slot(root, "ack-selected");
    button.disabled = !rows.length;
    put(button, t("ack.selected", { n: rows.length }));
  }

  lineshaft.askAck = (ids) => {
    chosen = ids;
    const dialog = document.getElementById("ack-dialog");
    put(slot(dialog, "ack-heading"), t("ack.heading", { n: ids.length }));
    dialog.querySelector("textarea").value = "";
    dialog.showModal();
  };

  // The row the keys are on: the grid's focused one, or the first.
  function moveTo(root, by) {
    const count = grid?.getDisplayedRowCount() ?? 0;
    if (!count) return;
    const focused = grid.getFocusedCell();
    const place = focused ? Math.min(Math.max(focused.rowIndex + by, 0), count - 1) : 0;
    grid.ensureIndexVisible(place);
    grid.setFocusedCell(place, "message");
    at = grid.getDisplayedRowAtIndex(place)?.data.id ?? null;
    if (lineshaft.alarmDetail.shown()) open(root, at, false);
  }

  function onKey(root, event) {
    if (event.target.matches?.("input, textarea, select") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]")) return;
    const focused = grid?.getFocusedCell();
    const row = grid?.getDisplayedRowAtIndex(focused?.rowIndex ?? -1)?.data ?? byId(root, at);
    const picked = grid?.getSelectedRows() ?? [];
    const does = {
      j: () => moveTo(root, 1),
      k: () => moveTo(root, -1),
      a: () => {
        const open = (picked.length ? picked : row ? [row] : []).filter(lineshaft.isUnseen);
        if (open.length && lineshaft.mayAck()) lineshaft.askAck(open.map((one) => one.id));
      },
      s: () => row && lineshaft.mayAct("shelve", row) && lineshaft.askAct("shelve", row),
      Enter: () => row && event.target.closest?.(".ag-root, body") && !event.target.matches("a, button") && open(root, row.id),
      Escape: () => lineshaft.alarmDetail.close(root),
    }[event.key];
    if (!does) return;
    if (event.key !== "Enter") event.preventDefault();
    does();
  }

  function open(root, id, focus = true) {
    if (id) lineshaft.alarmDetail.open(root, id, byId(root, id), focus);
  }

  function listen(root) {
    const box = root.querySelector(".grid-box");
    box.addEventListener("pointerenter", () => (over = true));
    box.addEventListener("pointerleave", () => {
      over = false;
      show(root);
    });
    slot(root, "new-rows").addEventListener("click", () => {
      over = false;
      show(root);
    });
    for (const chip of root.querySelectorAll("[data-filter]")) {
      chip.addEventListener("click", () => {
        const priority = Number(chip.dataset.filter);
        if (!filters.delete(priority)) filters.add(priority);
        mark(chip, "aria-pressed", filters.has(priority));
        show(root);
      });
    }
    let wait = null;
    root.querySelector("#alarm-find")?.addEventListener("input", (event) => {
      words = event.target.value.trim().toLowerCase();
      clearTimeout(wait);
      wait = setTimeout(() => (tab(root) === "history" ? ask(root) : show(root)), 250);
    });
    slot(root, "more").addEventListener("click", () => ask(root, true));
    slot(root, "ack-selected").addEventListener("click", () => lineshaft.askAck(grid.getSelectedRows().map((row) => row.id)));
    slot(root, "ack-selected").hidden = !lineshaft.mayAck() || tab(root) !== "active";
    slot(root, "phone").addEventListener("click", (event) => {
      if (!event.target.closest("a, button")) open(root, event.target.closest("[data-id]")?.dataset.id);
    });
    const dialog = document.getElementById("ack-dialog");
    slot(dialog, "ack-go").addEventListener("click", async () => {
      dialog.close();
      await lineshaft.ack(chosen, dialog.querySelector("textarea").value.trim());
      grid?.deselectAll();
    });
    lineshaft.alarmDetail.mount(root, () => tab(root) !== "active" && ask(root));
    const keys = (event) => (root.isConnected ? onKey(root, event) : document.removeEventListener("keydown", keys));
    document.addEventListener("keydown", keys);
  }

  async function mount(root) {
    [grid, asked, next, askedAt, filters, words, over, at] = [null, new Map(), null, 0, new Set(), "", false, null];
    if (!root.querySelector(".grid-box")) return; // figures, drawn by the server
    listen(root);
    if (tab(root) !== "active") await ask(root);
    if (root.dataset.open) open(root, root.dataset.open);
    const api = await window.dash_ag_grid.getApiAsync("alarm-grid");
    if (!root.isConnected) return;
    grid = api;
    grid.addEventListener("selectionChanged", () => showSelected(root));
    grid.addEventListener("cellClicked", ({ data, column, event }) => {
      if (data && column?.getColId() !== "ack" && !event?.target?.closest?.("a, button, input")) open(root, data.id, false);
    });
    show(root);
  }

  lineshaft.pages = lineshaft.pages || {};
  lineshaft.pages.alarms = {
    topics: () => ["alarms", "kpi"],
    mount,
    render(root, changed) {
      // What is kept quiet does not live by itself: it is asked again when alarms change, and now and then.
      const due = tab(root) === "shelved" && askedAt && performance.now() - askedAt > AGAIN_MS;
      if (due || (tab(root) === "shelved" && changed?.has("alarms"))) ask(root);
      if (!changed || changed.has("alarms") || changed.has("kpi")) show(root);
    },
  };
})();
