// One work order, for a phone in one hand: what to do next is one big button at the foot of the screen.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  const { el, list, mark, put, slot, t, word } = lineshaft;
  const EVERY_MS = 5000;
  let order = null;
  let asked = -Infinity;
  let codes = null;

  const at = (root) => `work-orders/${encodeURIComponent(root.dataset.key)}`;
  const mine = () => order?.running.includes(lineshaft.orders.me());

  async function ask(root) {
    if (document.hidden || performance.now() - asked < EVERY_MS || lineshaft.link().state !== "live") return;
    asked = performance.now();
    const said = await lineshaft.call(`/api/v1/${at(root)}`, { quiet: true });
    if (!root.isConnected) return;
    slot(root, "order-error").hidden = Boolean(said);
    if (said) show(root, said);
  }

  // What a change answers is the order as it is now.
  async function change(root, path, options) {
    const { said, status } = await lineshaft.orders.send(`${at(root)}${path}`, options);
    if (said?.version) show(root, said);
    else if (said || status === 412 || status === 409) {
      asked = -Infinity;
      await ask(root);
    }
    return said;
  }

  const step = (root, act, more = {}) => change(root, "/steps", { version: order.version, body: { act, ...more } });

  function show(root, said) {
    order = said;
    asked = performance.now();
    lineshaft.age(slot(root, "order-age"), lineshaft.now(), EVERY_MS, ".work-order");
    put(root.querySelector("h1"), lineshaft.orders.title(order));
    put(slot(root, "number"), `${lineshaft.orders.label(order)} · ${t(`work.kind.${order.kind}`)} · ${t(`work.origin.${order.origin}`)}`);
    const sign = slot(root, "priority");
    if (sign.dataset.shown !== String(order.priority)) {
      sign.dataset.shown = order.priority;
      sign.replaceChildren(lineshaft.shape(order.priority));
    }
    const machine = slot(root, "machine");
    put(machine, lineshaft.name(order.machine_name));
    mark(machine, "href", `/machines/${encodeURIComponent(order.machine)}`);
    put(slot(root, "state"), t(`work.state.${order.state}`));
    mark(slot(root, "state"), "data-work", order.state);
    lineshaft.orders.showDue(slot(root, "due"), order);
    put(slot(root, "who"), [order.assignee, order.team].filter(Boolean).join(" · ") || t("work.nobody"));
    put(slot(root, "detail"), [order.detail, order.request && order.request !== order.title.en ? order.request : ""].filter(Boolean).join("\n\n"));
    put(slot(root, "labour"), t("work.labour", { h: lineshaft.short(order.labour_h), of: lineshaft.short(order.estimate_h) }));
    put(slot(root, "running"), order.running.length ? t("work.running", { who: order.running.join(", ") }) : "");
    const c = order.cost;
    put(slot(root, "cost"), t("work.cost", { total: lineshaft.short(c.total), currency: c.currency, labour: lineshaft.short(c.labour), parts: lineshaft.short(c.parts), other: lineshaft.short(c.other) }));
    showEvidence(root);
    showChecks(root);
    showParts(root);
    showFiles(root);
    showEntries(root);
    showFound(root);
    showActions(root);
  }

  function showEvidence(root) {
    const box = slot(root, "evidence-box");
    box.hidden = !order.evidence;
    if (!order.evidence || box.dataset.shown) return;
    box.dataset.shown = true;
    const { alarm, journal } = order.evidence;
    put(slot(root, "advice"), `${t("verdict.advice")}: ${lineshaft.evidence.advice(order.evidence)}`);
    slot(root, "evidence").replaceChildren(...lineshaft.evidence.lines(order.evidence).map((line) => el("li", {}, line)));
    slot(root, "evidence-journal").replaceChildren(...journal.map((one) => el("li", {}, [lineshaft.date(one.at), word("event", one.event), one.by === "stream" ? t("event.stream") : one.by, one.comment && word("suppressed", one.comment)].filter(Boolean).join(" · "))));
    mark(slot(root, "trend-link"), "href", `/machines/${encodeURIComponent(alarm.source)}?range=8h`);
    mark(slot(root, "alarm-link"), "href", "/alarms?show=history");
  }

  function showChecks(root) {
    const rows = order.check_lines;
    put(slot(root, "checks-count"), rows.length ? t("work.checks", { done: order.checks_done, all: rows.length }) : "");
    list(slot(root, "checks"), rows, {
      id: (row) => row.n,
      make: (row) => {
        const box = el("input", { type: "checkbox" });
        const node = el("li.check", {}, el("label", {}, box, el("span.check-text", {}, lineshaft.name(row.text)), el("span.quiet")));
        box.addEventListener("change", async () => {
          if (!(await change(root, `/checks/${row.n}`, { method: "PUT", body: { done: box.checked } }))) box.checked = !box.checked;
        });
        return node;
      },
      update(node, row) {
        const [box, , who] = node.firstChild.children;
        if (document.activeElement !== box) box.checked = row.done !== null;
        box.checked = row.done !== null;
        box.disabled = lineshaft.orders.isOver(order) || !lineshaft.orders.may("work");
        put(who, row.done ? `${row.done_by} ${lineshaft.when(row.done)}` : "");
      },
    });
    slot(root, "checks-none").hidden = rows.length > 0;
  }

  function showParts(root) {
    slot(root, "parts-none").hidden = order.parts.length > 0;
    list(slot(root, "parts"), order.parts, {
      id: (row) => row.part,
      make: (row) => {
        const take = el("button.button", { type: "button" }, t("part.use_one"));
        take.addEventListener("click", () => change(root, "/parts", { once: lineshaft.orders.key(), body: { part: row.part, what: "use", amount: 1 } }));
        return el("li.part", {}, el("span", {}, el("b", {}, lineshaft.name(row.name)), el("span.quiet")), take);
      },
      update(node, row) {
        put(node.firstChild.children[1], ` ${t("part.standing", { used: lineshaft.short(row.used), reserved: lineshaft.short(row.reserved), on_hand: lineshaft.short(row.on_hand), location: row.location || lineshaft.DASH })}`);
        node.children[1].hidden = lineshaft.orders.isOver(order) || !lineshaft.orders.may("work") || row.on_hand < 1;
      },
    });
  }

  function showFiles(root) {
    list(slot(root, "files"), order.files, {
      id: (row) => row.id,
      make: (row) => {
        const href = `/api/v1/${at(root)}/files/${row.id}`;
        const inside = row.type.startsWith("image/") ? el("img", { src: href, alt: t("work.photo.of", { name: row.name, by: row.by }), loading: "lazy" }) : el("span", {}, row.name);
        return el("li", {}, el("a", { href, target: "_blank", rel: "noopener" }, inside), el("small.quiet", {}, `${row.by} ${lineshaft.when(row.at)}`));
      },
      update() {},
    });
  }

  function showEntries(root) {
    list(slot(root, "entries"), order.entries, {
      id: (row) => `${row.at}/${row.what}/${row.text.slice(0, 40)}`,
      make: (row) => {
        const what = row.what === "comment" ? "" : t(`work.entry.${row.what}`);
        const changed = row.what === "change" ? row.text.split(", ").map((one) => t(`work.field.${one}`)).join(", ") : row.text;
        return el("li", {}, el("span.quiet", {}, `${lineshaft.when(row.at)} · ${row.by === "plan" ? t("work.origin.plan") : row.by}`), el("div", {}, [what, changed].filter(Boolean).join(": ")));
      },
      update() {},
    });
  }

  function showFound(root) {
    const box = slot(root, "found-box");
    box.hidden = order.state !== "done";
    if (order.state !== "done") return;
    const code = (family, key) => lineshaft.name((codes?.[family] ?? []).find((one) => one.key === key)?.name ?? key);
    const lines = [
      order.verdict ? t(`verdict_of.${order.verdict}`) : null,
      order.mode ? word("failure_mode", order.mode) : null,
      order.cause ? t("close.cause.was", { cause: code("causes", order.cause) }) : null,
      order.action ? t("close.action.was", { action: code("actions", order.action) }) : null,
      order.down_s ? t("close.down.was", { span: lineshaft.span(order.down_s * 1000) }) : null,
      order.found || null,
    ].filter(Boolean);
    const shown = JSON.stringify([lines, lineshaft.language()]);
    if (box.dataset.shown === shown) return;
    box.dataset.shown = shown;
    slot(root, "found").replaceChildren(...lines.map((line) => el("li", {}, line)));
  }

  // What can be done now, the likeliest first and biggest.
  function showActions(root) {
    const work = lineshaft.orders.may("work");
    const lead = lineshaft.orders.may("lead");
    const state = order.state;
    const can = {
      start: work && state === "open",
      stop: work && state === "in_progress" && mine(),
      go: work && state === "in_progress" && !mine(),
      resume: work && state === "on_hold",
      close: work && !lineshaft.orders.isOver(order),
      hold: work && ["open", "in_progress"].includes(state),
      cancel: lead && !lineshaft.orders.isOver(order),
      reopen: lead && lineshaft.orders.isOver(order),
    };
    for (const [name, shown] of Object.entries(can)) slot(root, `do-${name}`).hidden = !shown;
    for (const name of ["add-photo", "add-part", "add-check", "change-order", "book-time"]) slot(root, name).hidden = !work || lineshaft.orders.isOver(order);
    slot(root, "note-form").hidden = !lineshaft.orders.may("ask");
  }

  function askWhy(root, act) {
    const why = el("input.field", { name: "why", required: true, maxlength: 200 });
    lineshaft.orders.ask(t(`work.do.${act}`), [lineshaft.orders.field(t(`work.why.${act}`), why)], t(`work.do.${act}`),
      async () => Boolean(await step(root, act, { why: why.value.trim() })));
  }

  async function known() {
    codes = codes ?? (await lineshaft.call("/api/v1/maintenance/codes", { quiet: true }));
    return codes;
  }

  async function close(root) {
    if (await known()) lineshaft.orderClosing(order, codes, (body) => step(root, "close", body));
  }

  async function upload(root, files) {
    for (const file of files) {
      const body = await lineshaft.smallerPicture(file);
      await change(root, `/files?name=${encodeURIComponent(file.name)}`, { once: lineshaft.orders.key(), body });
    }
  }

  async function pickPart(root) {
    const said = await lineshaft.call("/api/v1/parts");
    if (!said) return;
    const fits = (row) => !row.kinds.length || row.kinds.includes(order.kind_of_machine);
    const rows = said.items.filter(fits);
    const part = lineshaft.orders.choice("part", rows.map((row) => [row.part, `${lineshaft.name(row.name)} · ${t("part.there", { n: lineshaft.short(row.on_hand), location: row.location || lineshaft.DASH })}`]), rows[0]?.part);
    const what = lineshaft.orders.choice("what", ["use", "reserve", "return", "release"].map((one) => [one, t(`part.${one}`)]), "use");
    const amount = el("input.field", { name: "amount", type: "number", min: 0.001, step: "any", value: 1, required: true, inputmode: "decimal" });
    const once = lineshaft.orders.key();
    lineshaft.orders.ask(t("part.pick"), [lineshaft.orders.field(t("part.one"), part), lineshaft.orders.field(t("part.what"), what), lineshaft.orders.field(t("part.amount"), amount)], t("part.book"),
      async () => Boolean(await change(root, "/parts", { once, body: { part: part.value, what: what.value, amount: Number(amount.value) } })));
  }

  async function plan(root) {
    const { choice, field } = lineshaft.orders;
    const known = await lineshaft.orders.teams();
    const words = el("input.field", { name: "title", maxlength: 200, value: order.title.en });
    const detail = el("textarea.field", { name: "detail", maxlength: 4000, rows: 3 }, order.detail);
    const priority = choice("priority", lineshaft.orders.priorities(), String(order.priority));
    const due = el("input.field", { name: "due", type: "datetime-local", value: lineshaft.labels.inPlant(order.due), required: true });
    const assignee = el("input.field", { name: "assignee", maxlength: 64, value: order.assignee ?? "", autocapitalize: "none" });
    const me = el("button.button", { type: "button" }, t("work.me"));
    me.addEventListener("click", () => (assignee.value = lineshaft.orders.me()));
    const team = choice("team", [["", t("work.nobody")], ...known], order.team ?? "");
    const estimate = el("input.field", { name: "estimate", type: "number", min: 0, step: 0.25, value: order.estimate_h });
    const other = el("input.field", { name: "other", type: "number", min: 0, step: "any", value: order.cost_other });
    lineshaft.orders.ask(t("work.change"), [field(t("work.title"), words), field(t("work.detail"), detail), field(t("work.priority"), priority), field(t("work.due_at"), due),
      field(t("work.assignee"), assignee), el("div.chips", {}, me), field(t("work.team"), team), field(t("work.estimate"), estimate), field(t("work.cost_other"), other)], t("work.save"),
      async () => {
        const body = { detail: detail.value.trim(), priority: Number(priority.value), assignee: assignee.value.trim(), team: team.value,
          estimate_h: Number(estimate.value) || 0, cost_other: Number(other.value) || 0 };
        if (words.value.trim() !== order.title.en) body.title = words.value.trim();
        if (due.value !== lineshaft.labels.inPlant(order.due)) body.due = lineshaft.labels.fromPlant(due.value);
        return Boolean(await change(root, "", { method: "PATCH", version: order.version, body }));
      });
  }

  function bookTime(root) {
    const minutes = el("input.field", { name: "minutes", type: "number", min: 1, max: 1440, value: 30, required: true, inputmode: "numeric" });
    const once = lineshaft.orders.key();
    lineshaft.orders.ask(t("work.book_time"), [lineshaft.orders.field(t("work.minutes"), minutes)], t("work.save"),
      async () => Boolean(await change(root, "/times", { once, body: { minutes: Number(minutes.value) } })));
  }

  function addCheck(root) {
    const words = el("input.field", { name: "text", maxlength: 200, required: true });
    lineshaft.orders.ask(t("work.add_check"), [lineshaft.orders.field(t("work.check"), words)], t("work.save"),
      async () => Boolean(await change(root, "/checks", { body: { text: words.value.trim() } })));
  }

  function mount(root) {
    [order, asked] = [null, -Infinity];
    known();
    const timer = (running) => change(root, "/timer", { method: "PUT", body: { running } });
    const on = (name, does) => slot(root, name).addEventListener("click", does);
    on("do-start", async () => (await step(root, "start")) && timer(true));
    on("do-resume", async () => (await step(root, "resume")) && timer(true));
    on("do-go", () => timer(true));
    on("do-stop", () => timer(false));
    on("do-close", () => close(root));
    for (const act of ["hold", "cancel", "reopen"]) on(`do-${act}`, () => askWhy(root, act));
    on("add-part", () => pickPart(root));
    on("add-check", () => addCheck(root));
    on("change-order", () => plan(root));
    on("book-time", () => bookTime(root));
    const camera = el("input", { type: "file", accept: "image/*,application/pdf", capture: "environment", multiple: true, class: "away", "aria-label": t("work.photo"), tabindex: -1 });
    camera.addEventListener("change", async () => {
      await upload(root, [...camera.files]);
      camera.value = "";
    });
    slot(root, "camera").replaceChildren(camera);
    on("add-photo", () => camera.click());
    const words = el("textarea.field", { name: "note", rows: 2, maxlength: 4000, "aria-label": t("work.note"), placeholder: t("work.note") });
    const form = el("form", {}, words, el("button.button", { type: "submit" }, t("work.note.send")));
    let once = lineshaft.orders.key();
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (!words.value.trim()) return;
      if (await change(root, "/notes", { once, body: { text: words.value.trim() } })) {
        words.value = "";
        once = lineshaft.orders.key();
      }
    });
    slot(root, "note-form").replaceChildren(form);
  }

  lineshaft.pages = lineshaft.pages || {};
  lineshaft.pages.work_order = { topics: () => [], mount, render: (root) => ask(root) };
})();
