// Orders, freight and planning: pages that are drawn by the server; here are their age and what a planner does.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  const { el, put, slot, t } = lineshaft;
  const OLD_MS = 60_000;
  const DAY_MS = 86_400_000;

  const isPlanner = () => ["planner", "admin"].includes(window.lineshaftStart?.me?.role);
  const again = () => lineshaft.go(location.pathname + location.search + (location.search ? "&" : "?") + `at=${Date.now()}`);

  function mount(root) {
    for (const node of root.querySelectorAll("[data-planner]")) node.hidden = !isPlanner();
    const node = slot(root, "as-of");
    if (node) lineshaft.age(node, Number(node.dataset.ts), OLD_MS, "[data-page]");
  }

  async function importOrders(form) {
    const zone = window.lineshaftStart?.zone ?? "UTC";
    const answer = await fetch("/api/v1/orders/import", {
      method: "POST", headers: { "content-type": "application/json" },
      body: JSON.stringify({ csv: form.elements.csv.value, zone }),
    }).catch(() => null);
    const said = await answer?.json().catch(() => null);
    if (!said?.mistakes) return lineshaft.say(said?.error?.message ?? t("error.unreachable"));
    const place = form.querySelector("[data-slot=mistakes]");
    place.replaceChildren(...said.mistakes.map((one) => el("li", {}, t("orders.mistake", one))));
    if (said.mistakes.length) return;
    lineshaft.say(t("orders.imported", { n: said.written.length }));
    again();
  }

  async function makePlan(form) {
    const vehicles = [...form.querySelectorAll("[data-vehicle]")]
      .map((node) => ({ vehicle: node.dataset.vehicle, capacity_kg: Math.round(Number(node.value)) }))
      .filter((one) => one.capacity_kg > 0);
    const from = Number(form.querySelector("[data-slot=day]").value);
    const error = form.querySelector("[data-slot=plan-error]");
    put(error, t("planning.working"));
    const answer = await fetch("/api/v1/plans", {
      method: "POST", headers: { "content-type": "application/json" },
      body: JSON.stringify({ from_ms: from, to_ms: from + DAY_MS, vehicles }),
    }).catch(() => null);
    const said = await answer?.json().catch(() => null);
    if (!answer?.ok) return put(error, said?.error?.message || t("error.unreachable"));
    lineshaft.go(`/planning?plan=${said.id}`);
  }

  const FORMS = { orders: importOrders, plan: makePlan };
  document.addEventListener("submit", async (event) => {
    const does = FORMS[event.target.dataset?.form];
    if (!does) return;
    event.preventDefault();
    const button = event.target.querySelector("[type=submit]");
    button.disabled = true;
    await does(event.target);
    button.disabled = false;
  });

  document.addEventListener("click", async (event) => {
    const node = event.target.closest?.("[data-accept], [data-decide]");
    if (!node) return;
    node.disabled = true;
    const { accept, decide, path } = node.dataset;
    const said = accept
      ? await lineshaft.call(`/api/v1/plans/${accept}/accept`, { method: "POST" })
      : await lineshaft.call(`/api/v1/${path}`, { method: "POST", body: { state: decide } });
    node.disabled = false;
    if (said) again();
  });

  lineshaft.pages = lineshaft.pages || {};
  for (const name of ["orders", "order", "freight", "planning"]) {
    lineshaft.pages[name] = { topics: () => [], mount, render: () => {} };
  }
})();
