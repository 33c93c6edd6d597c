// What people found at machines: the form that says it, for who may.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  const { el, t, word } = lineshaft;
  const VERDICTS = ["true", "false", "no_fault_found"];
  const HOUR_MS = 3_600_000;

  const modes = () =>
    Object.keys(window.lineshaftStart?.texts ?? {})
      .filter((key) => key.startsWith("failure_mode."))
      .map((key) => key.slice("failure_mode.".length));

  // A plant's wall clock time ⇄ epoch ms: people write down what their clock showed, wherever they sit.
  function inPlant(ts) {
    const parts = new Intl.DateTimeFormat("en-CA", {
      timeZone: window.lineshaftStart?.zone || "UTC", hourCycle: "h23",
      year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit",
    }).formatToParts(ts);
    const of = Object.fromEntries(parts.map((part) => [part.type, part.value]));
    return `${of.year}-${of.month}-${of.day}T${of.hour}:${of.minute}`;
  }

  function fromPlant(text) {
    const asUtc = Date.parse(`${text}Z`);
    // Twice, so that an hour beside a change of summer time comes out right.
    let ts = asUtc;
    for (let turn = 0; turn < 2; turn += 1) ts += asUtc - Date.parse(`${inPlant(ts)}Z`);
    return ts;
  }

  function choice(name, options, chosen) {
    return el("select.field", { name },
      ...options.map(([value, words]) => el("option", { value, selected: value === chosen }, words)));
  }

  // `machine`: chosen beforehand; `done` is called when it is written down.
  async function add(machine, done) {
    const known = await lineshaft.call("/api/v1/machines");
    if (!known) return;
    const now = lineshaft.now() ?? Date.now();
    const field = (name, control) => el("label.field-row", {}, t(`label.${name}`), control);
    const which = choice("machine", known.items.map((row) => [row.key, `${lineshaft.name(row.name)} (${row.key})`]), machine);
    const verdict = choice("verdict", VERDICTS.map((one) => [one, t(`verdict_of.${one}`)]), "true");
    const mode = choice("mode", [["", t("label.mode.none")], ...modes().map((one) => [one, word("failure_mode", one)])], "");
    const time = (name, ts) => el("input.field", { name, type: "datetime-local", required: true, value: inPlant(ts) });
    const from = time("from", now - HOUR_MS);
    const to = time("to", now);
    const reference = el("input.field", { name: "reference", maxlength: 200 });
    const form = el("form", {}, el("h2", {}, t("label.add")), el("p.quiet", {}, t("label.what")),
      field("machine", which), field("verdict", verdict), field("mode", mode), field("from", from), field("to", to),
      field("reference", reference),
      el("div.row", {}, el("button.button", { type: "button", "data-do": "close" }, t("cancel")),
        el("button.button", { type: "submit" }, t("label.save"))));
    const dialog = el("dialog", { "aria-label": t("label.add") }, form);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const body = {
        machine: which.value, verdict: verdict.value, mode: mode.value || null, from_ts: fromPlant(from.value),
        to_ts: fromPlant(to.value), source: "person", reference: reference.value.trim(),
      };
      if (!(await lineshaft.call("/api/v1/labels", { method: "POST", body }))) return;
      dialog.close();
      lineshaft.say(t("label.done"));
      done?.();
    });
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  }

  lineshaft.labels = { add, fromPlant, inPlant };
})();
