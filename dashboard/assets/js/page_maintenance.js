// Maintenance: the board and the requests; the other tabs have files of their own (upkeep_*.js).
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  const { el, list, mark, put, slot, t } = lineshaft;
  const { cell } = lineshaft.orders;
  const EVERY_MS = 10_000;
  let asked = -Infinity;
  let orders = null;
  let over = [];

  const get = (path) => lineshaft.call(`/api/v1/${path}`, { quiet: true });
  const text = (words) => el("span", {}, words);

  function shown(root) {
    const { mine, late, words } = root.dataset;
    const sought = (words ?? "").toLowerCase();
    return (orders ?? []).concat(over).filter((row) =>
      (!mine || row.assignee === lineshaft.orders.me() || row.members.includes(lineshaft.orders.me())) &&
      (!late || lineshaft.orders.isOverdue(row)) &&
      (!sought || `${lineshaft.orders.title(row)} ${lineshaft.name(row.machine_name)} ${row.machine} ${lineshaft.orders.label(row)}`.toLowerCase().includes(sought)));
  }

  function showBoard(root) {
    if (!orders) return;
    const rows = shown(root);
    for (const state of ["open", "in_progress", "on_hold", "done"]) {
      const own = rows.filter((row) => row.state === state);
      put(slot(root, `count-${state}`), String(own.length));
      list(slot(root, `board-${state}`), own, { id: (row) => row.id, make: lineshaft.orders.makeLine,
        update: (node, row) => lineshaft.orders.showLine(node, row, { state: false }) });
      slot(root, `none-${state}`).hidden = own.length > 0;
    }
    put(slot(root, "overdue-count"), String((orders ?? []).filter(lineshaft.orders.isOverdue).length));
  }

  function showRequests(root, rows) {
    slot(root, "requests-none").hidden = rows.length > 0;
    list(slot(root, "requests"), rows, {
      id: (row) => row.id,
      make: (row) => {
        const actions = el("span.chips");
        const node = el("tr", {}, cell("request", text(`R-${row.number}`)), cell("machine", el("a", { href: `/machines/${encodeURIComponent(row.machine)}` }, lineshaft.name(row.machine_name))),
          cell("text", text(row.text)), cell("by", text(row.by)), cell("asked", el("span", {}, lineshaft.when(row.at))), cell("standing", el("span")), cell("answer", actions));
        return node;
      },
      update(node, row) {
        const said = node.children[5].firstChild;
        if (node.dataset.shown === row.state + row.order_state) return;
        node.dataset.shown = row.state + row.order_state;
        said.replaceChildren(row.order_id
          ? el("a", { href: `/work-orders/${row.order_id}` }, `WO-${row.order}: ${t(`work.state.${row.order_state}`)}`)
          : text([t(`work.request.${row.state}`), row.answer].filter(Boolean).join(": ")));
        const box = node.children[6].firstChild;
        box.replaceChildren();
        if (row.state !== "waiting" || !lineshaft.orders.may("work")) return;
        const yes = el("button.button", { type: "button" }, t("work.request.accept"));
        const no = el("button.button", { type: "button" }, t("work.request.decline"));
        yes.addEventListener("click", () => answer(root, row, { accept: true }));
        no.addEventListener("click", () => {
          const why = el("input.field", { name: "why", required: true, maxlength: 200 });
          lineshaft.orders.ask(t("work.request.decline"), [el("p", {}, row.text), lineshaft.orders.field(t("work.why"), why)], t("work.request.decline"),
            () => answer(root, row, { accept: false, answer: why.value.trim() }));
        });
        box.append(yes, no);
      },
    });
  }

  async function answer(root, row, body) {
    const { said } = await lineshaft.orders.send(`work-requests/${row.id}/answer`, { body });
    asked = -Infinity;
    ask(root);
    if (said?.order_id) lineshaft.go(`/work-orders/${said.order_id}`);
    return Boolean(said);
  }

  const board = {
    async ask(root) {
      const [open, done] = await Promise.all([get("work-orders?limit=500"), get("work-orders?state=done&limit=20")]);
      if (!open || !done) return false;
      [orders, over] = [open.items, done.items];
      showBoard(root);
      return true;
    },
    mount(root) {
      for (const chip of root.querySelectorAll("[data-filter]")) {
        chip.addEventListener("click", () => {
          const name = chip.dataset.filter;
          mark(root, `data-${name}`, root.dataset[name] ? null : true);
          mark(chip, "aria-pressed", Boolean(root.hasAttribute(`data-${name}`)));
          showBoard(root);
        });
      }
      const seek = el("input.field", { type: "search", placeholder: t("work.seek"), "aria-label": t("work.seek"), "data-search": true });
      seek.addEventListener("input", () => {
        root.dataset.words = seek.value;
        showBoard(root);
      });
      slot(root, "seek").replaceChildren(seek);
    },
  };

  const requests = {
    async ask(root) {
      const said = await get("work-requests");
      if (said) showRequests(root, said.items);
      return Boolean(said);
    },
    mount() {},
  };

  const tab = (root) => ({ board, requests, ...lineshaft.upkeepTabs })[root.dataset.tab];

  async function ask(root) {
    if (document.hidden || performance.now() - asked < EVERY_MS || lineshaft.link().state !== "live") return;
    asked = performance.now();
    const [known, waiting] = await Promise.all([tab(root).ask(root, get), get("work-requests?waiting=true")]);
    if (!root.isConnected) return;
    slot(root, "maintenance-error").hidden = known;
    if (waiting) put(slot(root, "waiting-count"), waiting.items.length ? String(waiting.items.length) : "");
    if (known) lineshaft.age(slot(root, "maintenance-age"), lineshaft.now(), EVERY_MS, ".maintenance");
  }

  function mount(root) {
    [asked, orders, over] = [-Infinity, null, []];
    const again = () => ((asked = -Infinity), ask(root));
    const on = (name, may, does) => {
      const button = slot(root, name);
      if (!button) return;
      button.hidden = !lineshaft.orders.may(may);
      button.addEventListener("click", does);
    };
    on("new-order", "work", () => lineshaft.orders.add(null, (row) => lineshaft.go(lineshaft.orders.where(row))));
    on("new-request", "ask", () => lineshaft.orders.request(null, again));
    tab(root).mount(root, again);
  }

  lineshaft.pages = lineshaft.pages || {};
  lineshaft.pages.maintenance = { topics: () => [], mount, render: (root) => ask(root) };
})();
