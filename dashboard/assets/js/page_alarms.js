// Alarms: the grid and the phone's list show the same rows. New rows never move the row under the pointer.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  const { mark, put, slot, t } = lineshaft;
  let grid = null;
  let history = null; // rows of "all", asked once and kept up to date by the live ones
  let filters = new Set();
  let over = false;
  let asked = [];

  const shows = (root) => root.dataset.show === "all";

  function rows(root) {
    const live = lineshaft.state.rows("alarms");
    if (!shows(root)) return live;
    const byId = new Map((history ?? []).map((row) => [row.id, row]));
    for (const row of live) byId.set(row.id, row);
    return [...byId.values()];
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
    const held = over && !first ? change.add.length : 0;
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

  function show(root) {
    if (!lineshaft.state.has("alarms") || (shows(root) && history === null)) return;
    const all = rows(root);
    for (const priority of [1, 2, 3, 4]) {
      put(root.querySelector(`[data-count="${priority}"]`), String(all.filter((row) => row.priority === priority).length));
    }
    const wanted = all.filter((row) => !filters.size || filters.has(row.priority)).slice(0, 1000);
    showGrid(root, wanted);
    lineshaft.showWrong(slot(root, "phone"), [...wanted].sort(lineshaft.byUrgency).slice(0, 100));
    slot(root, "none").hidden = wanted.length > 0;
    mark(root, "data-empty", wanted.length ? null : true);
  }

  function showSelected(root) {
    const chosen = grid?.getSelectedRows() ?? [];
    const button = slot(root, "ack-selected");
    button.disabled = !chosen.length;
    put(button, t("ack.selected", { n: chosen.length }));
  }

  lineshaft.askAck = (ids) => {
    asked = ids;
    const dialog = document.getElementById("ack-dialog");
    put(slot(dialog, "ack-heading"), t("ack.heading", { n: ids.length }));
    dialog.querySelector("textarea").value = "";
    dialog.showModal();
  };

  async function mount(root) {
    grid = null;
    history = null;
    filters = new Set();
    over = false;
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
    slot(root, "ack-selected").addEventListener("click", () =>
      lineshaft.askAck(grid.getSelectedRows().map((row) => row.id)),
    );
    slot(root, "ack-selected").hidden = !lineshaft.mayAck();
    const dialog = document.getElementById("ack-dialog");
    slot(dialog, "ack-go").addEventListener("click", async () => {
      dialog.close();
      await lineshaft.ack(asked, dialog.querySelector("textarea").value.trim());
      grid?.deselectAll();
    });
    if (shows(root)) {
      const answer = await lineshaft.call("/api/v1/alarms?state=all&limit=500");
      history = answer?.items ?? [];
    }
    const api = await window.dash_ag_grid.getApiAsync("alarm-grid");
    if (!root.isConnected) return;
    grid = api;
    grid.addEventListener("selectionChanged", () => showSelected(root));
    show(root);
  }

  lineshaft.pages = lineshaft.pages || {};
  lineshaft.pages.alarms = {
    topics: () => ["alarms"],
    mount,
    render(root, changed) {
      if (!changed || changed.has("alarms")) show(root);
    },
  };
})();
