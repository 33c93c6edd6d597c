// Alarms: the grid and the phone's list show the same rows. New rows never move the row under the pointer.
// What is to be done stands there as lines: groups under a probable root, which open, and alarms that stand alone.
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
  let cursor = null; // the row the keys are on
  let pages = 0;
  let opened = new Set(); // groups

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

  // What the list shows of the rows: below an open group its alarms. Whatever matches is in reach, in a group or not.
  function lines(root, all) {
    if (tab(root) !== "active") return all.filter((row) => matches(root, row));
    const { rows } = lineshaft.groups.fold(all, lineshaft.state.rows("groups"));
    return rows.flatMap((row) => {
      if (!row.group) return matches(root, row) ? [row] : [];
      const key = row.group.id;
      const inside = lineshaft.groups.children(key);
      const wanted = matches(root, row) && !filters.size ? inside : inside.filter((child) => matches(root, child));
      if (!wanted.length && inside.length >= row.group.shown) return [];
      const isOpen = opened.has(key);
      return [{ ...row, isOpen }, ...(isOpen ? wanted.map((child) => ({ ...child, under: row.id })) : [])];
    });
  }

  // What was asked for already is asked for anew, or the page behind it.
  async function ask(root, more = false) {
    askedAt = performance.now();
    const found = new Map(more ? asked : []);
    let place = more ? next : null;
    // The first page of what is to be done is what lives: the one behind it is wanted.
    const wanted = more ? (pages || tab(root) !== "active" ? 1 : 2) : Math.max(pages, 1);
    for (let n = 0; n < wanted; n += 1) {
      const query = new URLSearchParams({ state: tab(root), limit: String(LIVE), ...only(root), ...(place ? { cursor: place } : {}) });
      if (tab(root) === "history" && words) query.set("text", words);
      const page = await lineshaft.call(`/api/v1/alarms?${query}`, { quiet: !more });
      if (!page || !root.isConnected) return;
      for (const row of page.items) found.set(row.id, row);
      place = page.next;
      if (!place) break;
    }
    pages = more ? pages + wanted : wanted;
    [asked, next] = [found, place];
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
      cursor.settle(() => {
        grid.applyTransaction(change);
        grid.refreshCells({ rowNodes: change.update.map((row) => grid.getRowNode(row.id)).filter(Boolean), force: true });
        if (change.update.length) grid.refreshClientSideRowModel("sort");
      });
    }
  }

  function showMore(root, shown) {
    const counts = lineshaft.state.one("kpi")?.alarms;
    const whole = counts && tab(root) === "active" && !filters.size && !words;
    const all = whole ? [1, 2, 3, 4].reduce((sum, n) => sum + (counts[n] ?? 0), 0) : null;
    const unasked = tab(root) === "active" && !asked.size && lineshaft.state.rows("alarms").length >= LIVE;
    slot(root, "more-box").hidden = next === null && !(unasked && (all === null || all > shown));
    put(slot(root, "more-said"), all ? t("alarms.more.of", { n: shown, all }) : t("alarms.more.said", { n: shown }));
  }

  function show(root) {
    if (!slot(root, "phone") || !lineshaft.state.has("alarms") || (tab(root) !== "active" && !askedAt)) return;
    const all = rows(root);
    const counts = tab(root) === "active" && !Object.keys(only(root)).length ? lineshaft.state.one("kpi")?.alarms : null;
    for (const priority of [1, 2, 3, 4]) {
      const n = counts?.[priority] ?? all.filter((row) => row.priority === priority).length;
      put(root.querySelector(`[data-count="${priority}"]`), lineshaft.number(n));
    }
    const wanted = lines(root, all);
    showGrid(root, wanted);
    const top = wanted.filter((row) => !row.under);
    lineshaft.showWrong(slot(root, "phone"), top.sort(lineshaft.byUrgency).slice(0, 100));
    slot(root, "none").hidden = wanted.length > 0;
    mark(root, "data-empty", wanted.length ? null : true);
    showMore(root, top.reduce((sum, row) => sum + (row.group?.shown ?? 1), 0));
    lineshaft.alarmDetail.refresh(root, byId(root, lineshaft.alarmDetail.shown()));
  }

  // What the list has no row for is asked for again, calmly: what is behind the first rows, what is in open groups.
  async function again(root) {
    const due = performance.now() - askedAt > AGAIN_MS;
    if (tab(root) === "active" && asked.size && due) await ask(root);
    for (const key of opened) if (await lineshaft.groups.whole(key)) show(root);
  }

  function turn(root, key) {
    if (!opened.delete(key)) opened.add(key);
    over = false;
    show(root);
    again(root);
  }
  lineshaft.turnGroup = (key) => turn(document.querySelector("[data-page=alarms]"), key);

  function byId(root, id) {
    const key = lineshaft.groups.keyOf(id);
    if (!key) return rows(root).find((row) => row.id === id);
    const group = lineshaft.groups.known(key);
    return group ? lineshaft.groups.line(group) : undefined;
  }

  // Ids of the alarms that rows stand for, a group for all in it.
  function meant(picked) {
    const inside = picked.flatMap((row) => (row.group ? lineshaft.groups.children(row.group.id) : [row]));
    return [...new Set(inside.filter(lineshaft.isUnseen).map((row) => row.id))];
  }

  function showSelected(root) {
    const picked = meant(grid?.getSelectedRows() ?? []);
    const button = slot(root, "ack-selected");
    button.disabled = !picked.length;
    put(button, t("ack.selected", { n: picked.length }));
  }

  lineshaft.askAck = (ids) => {
    chosen = ids;
    const dialog = document.getElementById("ack-dialog");
    put(slot(dialog, "ack-heading"), t("ack.heading", { n: ids.length }));
    const row = ids.length === 1 ? lineshaft.state.rows("alarms").find((one) => one.id === ids[0]) : null;
    put(slot(dialog, "ack-what"), row ? `${lineshaft.name(row.source_name)}: ${lineshaft.alarm(row)}` : "");
    dialog.querySelector("textarea").value = "";
    dialog.showModal();
  };

  function moveTo(root, by) {
    const id = cursor?.move(by);
    if (id && lineshaft.alarmDetail.shown()) open(root, id, false);
  }

  function ackRows(picked) {
    if (!lineshaft.mayAck()) return;
    if (picked.length === 1 && picked[0].group) lineshaft.groups.ack(picked[0].group.id);
    else if (meant(picked).length) lineshaft.askAck(meant(picked));
  }

  function onKey(root, event) {
    if (event.target.matches?.("input, textarea, select") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]")) return;
    const row = cursor?.row();
    const picked = grid?.getSelectedRows() ?? [];
    const does = {
      j: () => moveTo(root, 1),
      k: () => moveTo(root, -1),
      a: () => ackRows(picked.length ? picked : row ? [row] : []),
      s: () => row && !row.group && lineshaft.mayAct("shelve", row) && lineshaft.askAct("shelve", row),
      e: () => row?.group && turn(root, row.group.id),
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
    slot(root, "ack-selected").addEventListener("click", () => ackRows(grid.getSelectedRows()));
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
    [grid, asked, next, askedAt, filters, words, over, cursor, pages] = [null, new Map(), null, 0, new Set(), "", false, null, 0];
    opened = new Set([lineshaft.groups.keyOf(root.dataset.open)].filter(Boolean));
    lineshaft.groups.forget();
    if (!root.querySelector(".grid-box")) return lineshaft.calming(root); // figures, drawn by the server
    listen(root);
    if (tab(root) !== "active") await ask(root);
    if (root.dataset.open) open(root, root.dataset.open);
    const api = await window.dash_ag_grid.getApiAsync("alarm-grid");
    if (!root.isConnected) return;
    grid = api;
    cursor = lineshaft.alarmCursor(grid, root.querySelector(".grid-box"));
    grid.addEventListener("selectionChanged", () => showSelected(root));
    grid.addEventListener("cellClicked", ({ data, column, event }) => {
      if (!data || column?.getColId() === "ack" || event?.target?.closest?.("a, button, input")) return;
      cursor.put(data.id);
      open(root, data.id, false);
    });
    show(root);
  }

  lineshaft.pages = lineshaft.pages || {};
  lineshaft.pages.alarms = {
    topics: () => ["alarms", "groups", "kpi"],
    mount,
    render(root, changed) {
      // What is kept quiet does not live by itself: it is asked again when alarms change, and now and then.
      const due = tab(root) === "shelved" && askedAt && performance.now() - askedAt > AGAIN_MS;
      if (due || (tab(root) === "shelved" && changed?.has("alarms"))) ask(root);
      again(root);
      if (!changed || ["alarms", "groups", "kpi"].some((topic) => changed.has(topic))) show(root);
      else lineshaft.alarmDetail.refresh(root);
    },
  };
})();
