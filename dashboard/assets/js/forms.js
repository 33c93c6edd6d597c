// Forms of documents: fields by name, rows that can be added, and what the server refuses shown at its field.
//
// A field: {name, is, label, …}; `name` may be a path ("scope.priority"). Kinds: text, number (with `times`: kept ÷ shown),
// check, choice, checks, lines (one text a line), date, time (minutes after midnight), instant (epoch ms by the plant's
// clock), and rows of fields; `bare` rows have one field and are a list of its values. `lineshaft.form(fields, document)` gives {node, read(), refuse(message), clear()}.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  const { el, t } = lineshaft;
  const two = (n) => String(n).padStart(2, "0");
  let ids = 0;

  const get = (of, path) => path.split(".").reduce((inside, key) => inside?.[key], of);
  function set(of, path, value) {
    const keys = path.split(".");
    const last = keys.pop();
    keys.reduce((inside, key) => (inside[key] ??= {}), of)[last] = value;
  }

  // What the plant's clock shows, as "2026-11-22T14:30", and back: the offset is that of the instant found.
  const zone = () => window.lineshaftStart?.zone || "UTC";
  function wall(ms) {
    const parts = new Intl.DateTimeFormat("en-CA", { timeZone: zone(), hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit",
      hour: "2-digit", minute: "2-digit" }).formatToParts(ms);
    const of = Object.fromEntries(parts.map((part) => [part.type, part.value]));
    return `${of.year}-${of.month}-${of.day}T${of.hour}:${of.minute}`;
  }
  function instant(text) {
    const seen = Date.parse(`${text}Z`);
    if (!Number.isFinite(seen)) return null;
    const once = seen - (Date.parse(`${wall(seen)}Z`) - seen);
    return once - (Date.parse(`${wall(once)}Z`) - seen);
  }

  const input = (type, value, more) => {
    const node = el("input.field", { type, ...more });
    node.value = value ?? "";
    return node;
  };
  const choice = (spec, value) => {
    const options = [...(typeof spec.options === "function" ? spec.options() : spec.options)];
    // What was chosen stays, also when it is no longer there to choose.
    if (value !== undefined && value !== null && !options.some(([key]) => key === String(value))) options.push([String(value), String(value)]);
    const node = el("select.field", {}, ...options.map(([key, words]) => el("option", { value: key }, words)));
    node.value = String(value ?? options[0]?.[0] ?? "");
    return node;
  };

  // Kind of field → [its control, how it is read]; null stands for what was left empty.
  const KINDS = {
    text: (spec, value) => { const node = input(spec.type ?? "text", value, { list: spec.list, placeholder: spec.placeholder, autocomplete: "off" }); return [node, () => node.value.trim()]; },
    number: (spec, value) => {
      const times = spec.times ?? 1;
      const node = input("number", value === undefined || value === null ? "" : value / times, { min: spec.min ?? 0, step: "any" });
      return [node, () => (node.value === "" ? null : Math.round(Number(node.value) * times * 1000) / 1000)];
    },
    check: (spec, value) => { const node = input("checkbox", "", {}); node.checked = value ?? spec.otherwise ?? false; return [node, () => node.checked]; },
    choice: (spec, value) => { const node = choice(spec, value); return [node, () => (spec.number ? Number(node.value) : node.value)]; },
    lines: (spec, value) => {
      const node = el("textarea.field", { rows: "2", placeholder: spec.placeholder });
      node.value = (value ?? []).join("\n");
      return [node, () => node.value.split(/[\n,，]/).map((line) => line.trim()).filter(Boolean)];
    },
    date: (spec, value) => { const node = input("date", value, {}); return [node, () => node.value]; },
    time: (spec, value) => {
      const node = input("time", value === undefined ? "" : `${two(Math.floor(value / 60))}:${two(value % 60)}`, {});
      return [node, () => { const [hour, minute] = node.value.split(":").map(Number); return node.value ? hour * 60 + minute : null; }];
    },
    instant: (spec, value) => { const node = input("datetime-local", value ? wall(value) : "", {}); return [node, () => instant(node.value)]; },
    checks: (spec, value) => {
      const options = typeof spec.options === "function" ? spec.options() : spec.options;
      const boxes = options.map(([key]) => { const box = input("checkbox", key, {}); box.checked = (value ?? []).includes(key); return box; });
      const node = el("span.checks", { role: "group", "aria-label": t(spec.label) },
        ...boxes.map((box, n) => el("label", {}, box, options[n][1])));
      return [node, () => boxes.filter((box) => box.checked).map((box) => box.value)];
    },
  };

  function field(spec, document_) {
    const [control, value] = KINDS[spec.is](spec, get(document_, spec.name) ?? spec.otherwise);
    const id = `form-${(ids += 1)}`;
    const wrong = el("p.wrong", { id, hidden: true, role: "alert" });
    const words = el("span", {}, t(spec.label));
    const node = el(spec.is === "checks" ? "div.form-field" : `label.form-field${spec.is === "check" ? ".check" : ""}`, {}, words, control,
      spec.help ? el("small.quiet", {}, t(spec.help)) : null, wrong);
    control.setAttribute("aria-describedby", id);
    const refuse = (why) => {
      wrong.textContent = why;
      wrong.hidden = !why;
      lineshaft.mark(control, "aria-invalid", why ? "true" : null);
      if (why) control.focus();
    };
    const read = (into, path, places) => {
      const found = value();
      places.push([path + spec.name, refuse]);
      if (spec.needed && (found === null || found === "" || found?.length === 0)) {
        refuse(t("form.needed"));
        return false;
      }
      if (found !== null && !(spec.optional && found === "")) set(into, spec.name, found);
      return true;
    };
    return { node, read, clear: () => refuse("") };
  }

  function rows(spec, document_) {
    const box = el("div.form-rows");
    const inside = [];
    const wrong = el("p.wrong", { hidden: true, role: "alert" });
    const refuse = (why) => { wrong.textContent = why; wrong.hidden = !why; };
    const add = (value) => {
      const part = group(spec.fields, spec.bare ? { [spec.fields[0].name]: value } : value);
      const row = el("div.form-row", {}, part.node, el("button.button.plain", { type: "button", "aria-label": `${t("form.remove")}: ${t(spec.label)}`, onclick: () => {
        inside.splice(inside.indexOf(part), 1);
        row.remove();
      } }, "×"));
      inside.push(part);
      box.append(row);
    };
    for (const value of get(document_, spec.name) ?? []) add(value);
    const node = el("fieldset.form-part", {}, el("legend", {}, t(spec.label)), spec.help ? el("small.quiet", {}, t(spec.help)) : null, box, wrong,
      el("button.button", { type: "button", onclick: () => add(spec.bare ? undefined : {}) }, t("form.add")));
    const read = (into, path, places) => {
      const found = [];
      let fits = true;
      places.push([path + spec.name, refuse]);
      inside.forEach((part, n) => {
        const one = {};
        fits = part.read(one, `${path}${spec.name}.${n}.`, places) && fits;
        found.push(spec.bare ? one[spec.fields[0].name] : one);
      });
      if (spec.needed && !found.length) {
        refuse(t("form.needed"));
        fits = false;
      }
      set(into, spec.name, found);
      return fits;
    };
    return { node, read, clear: () => { refuse(""); for (const part of inside) part.clear(); } };
  }

  function group(fields, document_) {
    const parts = fields.map((spec) => (spec.is === "rows" ? rows : field)(spec, document_));
    return {
      node: el("div.form", {}, ...parts.map((part) => part.node)),
      read: (into, path, places) => parts.map((part) => part.read(into, path, places)).every(Boolean),
      clear: () => parts.forEach((part) => part.clear()),
    };
  }

  // The API says "to.0.key: there is no …; name: …": each goes to the field that is meant, the rest above the form.
  lineshaft.form = (fields, document_ = {}) => {
    const whole = group(fields, document_);
    const above = el("p.wrong", { hidden: true, role: "alert" });
    let places = [];
    const clear = () => { above.hidden = true; whole.clear(); };
    const refuse = (message) => {
      const left = [];
      for (const one of message.split(/; (?=[\w.]+: )/)) {
        const [, path, why] = /^([\w.]+): (.*)$/.exec(one) ?? [];
        const place = path && places.filter(([known]) => path === known || path.startsWith(`${known}.`)).sort((a, b) => b[0].length - a[0].length)[0];
        if (place) place[1](why);
        else left.push(one);
      }
      above.textContent = left.join("; ");
      above.hidden = !left.length;
    };
    const read = () => {
      clear();
      places = [];
      const found = {};
      return whole.read(found, "", places) ? found : null;
    };
    return { node: el("div", {}, above, whole.node), read, refuse, clear };
  };
})();
