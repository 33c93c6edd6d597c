// All work orders as a list: sorted and narrowed as the address says, and as a file for who counts further.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  const { el, list, mark, put, slot, t } = lineshaft;
  const { cell } = lineshaft.orders;
  const MOST = 1000;
  const STATES = { unfinished: ["open", "in_progress", "on_hold"], open: ["open"], in_progress: ["in_progress"], on_hold: ["on_hold"],
    done: ["done"], cancelled: ["cancelled"], all: ["open", "in_progress", "on_hold", "done", "cancelled"] };
  const STANDING = ["in_progress", "open", "on_hold", "done", "cancelled"];
  const who = (row) => row.assignee ?? row.team ?? "";
  // Column → what it is sorted by.
  const COLUMNS = {
    work_order: (row) => row.number,
    priority: (row) => row.priority,
    what: (row) => lineshaft.orders.title(row),
    machine: (row) => lineshaft.name(row.machine_name),
    state: (row) => STANDING.indexOf(row.state),
    due: (row) => row.due,
    for: who,
    labour: (row) => row.labour_h,
    ended: (row) => row.finished ?? Infinity,
  };
  let rows = [];
  let asked = "";

  const wanted = () => {
    const query = new URLSearchParams(location.search);
    const by = query.get("sort") ?? "due";
    return {
      state: STATES[query.get("state")] ? query.get("state") : "unfinished", machine: query.get("machine") ?? "", who: query.get("who") ?? "",
      late: query.has("late"), words: (query.get("words") ?? "").toLowerCase(), by: COLUMNS[by] ? by : "due", down: query.has("down"),
    };
  };

  // The address holds all of it: who sends it to a colleague sends what they see.
  function want(root, name, value) {
    const query = new URLSearchParams(location.search);
    if (value) query.set(name, value);
    else query.delete(name);
    history.replaceState(history.state, "", `/maintenance?${query}`);
    show(root);
  }

  const isOf = (row, login) => row.assignee === login || row.team === login || row.members.includes(login);
  const said = (row) => [lineshaft.orders.title(row), lineshaft.name(row.machine_name), row.machine, lineshaft.orders.label(row), who(row)].join(" ").toLowerCase();

  function chosen() {
    const { machine, who: login, late, words, by, down } = wanted();
    const key = COLUMNS[by];
    const order = (a, b) => {
      const [one, two] = [key(a), key(b)];
      const found = typeof one === "string" ? one.localeCompare(two, lineshaft.language()) : one === two ? 0 : one - two;
      return (down ? -found : found) || a.number - b.number;
    };
    return rows.filter((row) => (!machine || row.machine === machine) && (!login || isOf(row, login)) &&
      (!late || lineshaft.orders.isOverdue(row)) && (!words || said(row).includes(words))).sort(order);
  }

  // Choices of what there is to choose; one that has gone meanwhile stays, or the list would look empty for no reason.
  function options(select, known, value, everything) {
    const all = [...known].sort((a, b) => a[1].localeCompare(b[1], lineshaft.language()));
    if (value && !known.has(value)) all.push([value, value]);
    const shown = JSON.stringify(all);
    if (select.dataset.shown !== shown) {
      select.dataset.shown = shown;
      select.replaceChildren(el("option", { value: "" }, everything), ...all.map(([key, words]) => el("option", { value: key }, words)));
    }
    select.value = value;
  }

  function showChoices(root, { state, machine, who: login, late, by, down }) {
    slot(root, "list-state").value = state;
    options(slot(root, "list-machine"), new Map(rows.map((row) => [row.machine, lineshaft.name(row.machine_name)])), machine, t("list.all_machines"));
    const people = rows.flatMap((row) => [row.assignee, row.team, ...row.members]).filter(Boolean).map((one) => [one, one]);
    options(slot(root, "list-who"), new Map(people), login, t("list.everybody"));
    slot(root, "list-sorted").value = `${by}${down ? "/down" : ""}`;
    mark(slot(root, "list-late"), "aria-pressed", String(late));
    for (const head of root.querySelectorAll("th[data-sort]")) mark(head, "aria-sort", head.dataset.sort !== by ? null : down ? "descending" : "ascending");
  }

  function make(row) {
    return el("tr", {}, cell("work_order", el("a", { href: lineshaft.orders.where(row) }, lineshaft.orders.label(row))), cell("priority", el("span")),
      cell("what", el("a", { href: lineshaft.orders.where(row) })), cell("machine", el("a", { href: `/machines/${encodeURIComponent(row.machine)}` })),
      cell("state", el("span.order-state")), cell("due", el("span.order-due")), cell("for", el("span")), cell("labour", el("span.number")), cell("ended", el("span")));
  }

  function update(node, row) {
    const at = (n) => node.children[n].firstChild;
    if (at(1).dataset.shown !== String(row.priority)) {
      at(1).dataset.shown = row.priority;
      at(1).replaceChildren(lineshaft.shape(row.priority));
    }
    put(at(2), lineshaft.orders.title(row));
    put(at(3), lineshaft.name(row.machine_name));
    put(at(4), t(`work.state.${row.state}`));
    mark(at(4), "data-work", row.state);
    const late = lineshaft.orders.isOverdue(row);
    put(at(5), late ? t("work.overdue", { span: lineshaft.span((lineshaft.now() ?? Date.now()) - row.due) }) : lineshaft.when(row.due));
    mark(at(5), "data-overdue", late || null);
    put(at(6), row.running.length ? t("work.running", { who: row.running.join(", ") }) : who(row) || t("work.nobody"));
    mark(node.children[7], "data-none", !row.labour_h && !row.estimate_h);
    mark(node.children[8], "data-none", !row.finished);
    put(at(7), row.labour_h || row.estimate_h ? t("list.hours", { h: lineshaft.short(row.labour_h), of: lineshaft.short(row.estimate_h) }) : lineshaft.DASH);
    put(at(8), row.finished ? lineshaft.when(row.finished) : lineshaft.DASH);
  }

  function show(root) {
    const now = wanted();
    showChoices(root, now);
    if (asked !== now.state) return; // other states are on their way
    const found = chosen();
    list(slot(root, "list"), found, { id: (row) => row.id, make, update });
    put(slot(root, "list-count"), t(rows.length < MOST ? "list.count" : "list.count.most", { n: lineshaft.number(found.length), of: lineshaft.number(rows.length) }));
    slot(root, "list-none").hidden = found.length > 0;
    slot(root, "list-csv").disabled = found.length === 0;
  }

  async function ask(root, get) {
    const { state } = wanted();
    const found = await get(`work-orders?limit=${MOST}&${STATES[state].map((one) => `state=${one}`).join("&")}`);
    if (!found || wanted().state !== state) return Boolean(found);
    [rows, asked] = [found.items, state];
    show(root);
    return true;
  }

  // A sheet runs what begins like a formula: such words get an apostrophe before them (OWASP, CSV injection).
  function quoted(value) {
    const text = value === null || value === undefined ? "" : String(value);
    const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  }

  const csv = (lines) => `\ufeff${lines.map((line) => line.map(quoted).join(",")).join("\r\n")}\r\n`;

  function save() {
    const moment = (ts) => (ts ? lineshaft.labels.inPlant(ts).replace("T", " ") : "");
    const clock = (words) => `${words} (${window.lineshaftStart?.zone || "UTC"})`;
    const heads = Object.keys(COLUMNS).map((name) => t(`column.${name}`)).map((words, n) => (n === 5 || n === 8 ? clock(words) : words))
      .concat(t("work.estimate"), clock(t("column.created")), t("column.verdict"));
    const lines = chosen().map((row) => [lineshaft.orders.label(row), row.priority, lineshaft.orders.title(row), row.machine, t(`work.state.${row.state}`), moment(row.due),
      who(row), row.labour_h, moment(row.finished), row.estimate_h, moment(row.created), row.verdict ? t(`verdict_of.${row.verdict}`) : ""]);
    const href = URL.createObjectURL(new Blob([csv([heads, ...lines])], { type: "text/csv;charset=utf-8" }));
    el("a", { href, download: `work-orders-${lineshaft.labels.inPlant(lineshaft.now() ?? Date.now()).slice(0, 10)}.csv` }).click();
    setTimeout(() => URL.revokeObjectURL(href), 60_000);
  }

  function mount(root, again) {
    [rows, asked] = [[], ""];
    const on = (name, event, does) => slot(root, name).addEventListener(event, does);
    for (const name of ["machine", "who"]) on(`list-${name}`, "change", (event) => want(root, name, event.target.value));
    on("list-state", "change", (event) => {
      want(root, "state", event.target.value === "unfinished" ? "" : event.target.value);
      again();
    });
    const sort = (by, down) => {
      want(root, "sort", by === "due" ? "" : by);
      want(root, "down", down ? "1" : "");
    };
    on("list-sorted", "change", (event) => sort(...event.target.value.split("/")));
    on("list-late", "click", () => want(root, "late", wanted().late ? "" : "1"));
    on("list-csv", "click", save);
    const seek = el("input.field", { type: "search", placeholder: t("work.seek"), "aria-label": t("work.seek"), "data-search": true, value: wanted().words });
    seek.addEventListener("input", () => want(root, "words", seek.value.trim()));
    slot(root, "list-seek").replaceChildren(seek);
    const heads = slot(root, "list").closest("table").querySelectorAll("th");
    Object.keys(COLUMNS).forEach((name, n) => {
      heads[n].dataset.sort = name;
      const button = el("button.link", { type: "button" }, heads[n].textContent);
      button.addEventListener("click", () => sort(name, wanted().by === name && !wanted().down));
      heads[n].replaceChildren(button);
    });
    showChoices(root, wanted());
  }

  lineshaft.upkeepTabs = { ...lineshaft.upkeepTabs, list: { ask, mount } };
  Object.assign(lineshaft, { csv });
})();
