// What maintenance knows of a machine, on its page: how far its alarms can be trusted, open and past work.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  const { el, list, percent, put, slot, t } = lineshaft;
  const EVERY_MS = 10_000;
  let asked = -Infinity;

  // "3 of 4 right: 75 % (30 – 95 %)": a share without its n and interval would look surer than it is.
  function trustWords(row) {
    const judged = row.confirmed + row.refuted;
    if (!judged) return t("trust.rule.none", { n: lineshaft.number(row.alarms) });
    return t("trust.rule", { share: percent(row.precision), yes: lineshaft.number(row.confirmed), judged: lineshaft.number(judged),
      low: percent(row.low), high: percent(row.high), waiting: lineshaft.number(row.waiting) });
  }

  function showTrust(root, said) {
    const [all, ...rules] = said.rules;
    put(slot(root, "trust-share"), all.precision === null ? lineshaft.DASH : percent(all.precision));
    put(slot(root, "trust-of"), all.alarms ? trustWords(all) : t("trust.machine.none", { days: said.days }));
    const bar = slot(root, "trust-bar");
    bar.hidden = all.precision === null;
    if (all.precision !== null) {
      bar.children[0].style.left = `${100 * all.low}%`;
      bar.children[0].style.width = `${100 * (all.high - all.low)}%`;
      bar.children[1].style.left = `${100 * all.precision}%`;
    }
    list(slot(root, "trust-rules"), rules.slice(0, 6), {
      id: (row) => row.rule,
      make: (row) => el("li", {}, el("b", {}, lineshaft.rule(row.rule)), el("div.quiet")),
      update: (node, row) => put(node.children[1], trustWords(row)),
    });
  }

  // The gravest alarm nobody works on yet becomes an order, its evidence with it; of equals the first, the others came of it.
  function showAlarm(root, orders) {
    const button = slot(root, "order-alarm");
    const waiting = lineshaft.state.rows("alarms").filter((row) => row.source === root.dataset.key && !orders.some((one) => one.alarm?.id === row.id));
    const [worst] = waiting.sort((a, b) => a.priority - b.priority || a.raised - b.raised); // seen or not
    button.hidden = !worst || !lineshaft.orders.may("work");
    button.dataset.alarm = worst?.id ?? "";
    if (worst) put(button, t("work.of_alarm", { what: lineshaft.alarm(worst) }));
  }

  async function ask(root) {
    if (document.hidden || performance.now() - asked < EVERY_MS || lineshaft.link().state !== "live") return;
    asked = performance.now();
    const key = encodeURIComponent(root.dataset.key);
    const get = (path) => lineshaft.call(`/api/v1/${path}`, { quiet: true });
    const [trust, open, done, requests] = await Promise.all([get(`machines/${key}/trust`), get(`work-orders?machine=${key}`),
      get(`work-orders?machine=${key}&state=done&limit=5`), get(`work-requests?machine=${key}&waiting=true`)]);
    if (!root.isConnected) return;
    slot(root, "upkeep-error").hidden = Boolean(trust && open && done && requests);
    if (trust) showTrust(root, trust);
    const lines = (name, rows) => list(slot(root, name), rows, { id: (row) => row.id, make: lineshaft.orders.makeLine,
      update: (node, row) => lineshaft.orders.showLine(node, row, { machine: false }) });
    if (open) {
      lines("upkeep-open", open.items);
      slot(root, "upkeep-none").hidden = open.items.length > 0;
      showAlarm(root, open.items.concat(done?.items ?? [])); // one that is done is reopened, not made again
    }
    if (done) {
      lines("upkeep-done", done.items);
      slot(root, "upkeep-past").hidden = done.items.length === 0;
    }
    if (requests) {
      list(slot(root, "upkeep-requests"), requests.items, { id: (row) => row.id, make: () => el("li"),
        update: (node, row) => put(node, t("work.request.line", { n: row.number, text: row.text, by: row.by, when: lineshaft.when(row.at) })) });
    }
    if (trust && open && done && requests) lineshaft.age(slot(root, "upkeep-age"), lineshaft.now(), EVERY_MS);
  }

  function mount(root) {
    asked = -Infinity;
    const again = () => ((asked = -Infinity), ask(root));
    const on = (name, may, does) => {
      const button = slot(root, name);
      button.hidden = !lineshaft.orders.may(may);
      button.addEventListener("click", does);
    };
    on("report", "ask", () => lineshaft.orders.request(root.dataset.key, again));
    slot(root, "order-alarm").addEventListener("click", async (event) => {
      const { said } = await lineshaft.orders.send("work-orders", { body: { alarm_id: event.currentTarget.dataset.alarm } });
      if (said) lineshaft.go(lineshaft.orders.where(said));
    });
    on("order-here", "work", () => lineshaft.orders.add(root.dataset.key, (row) => lineshaft.go(lineshaft.orders.where(row))));
  }

  lineshaft.upkeep = { ask, mount };
})();
