// The dialog in which one document of the notifications' settings is changed, added or taken away.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  const { el, put, slot, t } = lineshaft;
  const EVERYBODYS = ["preference"];

  // A key nobody has to think of: from the name where it has letters of the kind, else by chance.
  function keyOf(kind, name) {
    const plain = String(name ?? "").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 40);
    return `${plain || kind}-${Math.random().toString(36).slice(2, 6)}`;
  }

  function stretches(box, rows) {
    box.hidden = false;
    box.replaceChildren(...(rows.length ? rows : [null]).map((row) => el("li", {}, row
      ? t("told.stretch", { person: row.person, from: lineshaft.date(row.start), to: lineshaft.date(row.end) }) : t("told.on_call.none"))));
  }

  // What a webhook signs with is shown now, and never again.
  function showSecret(root, secret) {
    slot(root, "form-fields").replaceChildren(el("p", {}, t("told.secret")), el("code.secret", {}, secret));
    for (const name of ["form-save", "form-remove", "form-show"]) slot(root, name).hidden = true;
  }

  lineshaft.notifyEdit = (root, kind, row, done) => {
    const form = lineshaft.notifyForms.FORMS[kind];
    const isAdmin = window.lineshaftStart?.me?.role === "admin";
    const dialog = root.querySelector("#told-dialog");
    const before = kind === "contact" ? (row ?? { channel: isAdmin ? "webhook" : "email", owner: isAdmin ? "" : window.lineshaftStart?.me?.login }) : (row?.document ?? {});
    const shown = form.open ? form.open(before) : before;
    let fields = lineshaft.form(form.fields(before, isAdmin), shown);
    const body = () => {
      const read = fields.read();
      if (!read) return null;
      const kept = kind === "contact" ? { owner: before.owner, channel: before.channel } : {};
      const whole = { ...kept, ...read };
      return form.shut ? form.shut(whole) : whole;
    };
    put(slot(root, "form-heading"), t(`told.${row ? "edit" : "new"}.${kind}`));
    slot(root, "form-fields").replaceChildren(fields.node);
    const preview = slot(root, "form-preview");
    preview.hidden = true;
    const on = (name, shows, act) => {
      const button = slot(root, name);
      button.hidden = !shows;
      button.onclick = async () => {
        button.disabled = true;
        await act();
        button.disabled = false;
      };
    };
    const refused = (why) => fields.refuse(why);
    on("form-save", true, async () => {
      const said = body();
      if (!said) return;
      const path = `/api/v1/${form.path}`;
      const key = row?.key ?? keyOf(kind, said.name);
      const keyless = EVERYBODYS.includes(kind) || kind === "network" || kind === "silence";
      const saved = await lineshaft.call(keyless ? path : `${path}/${encodeURIComponent(key)}`,
        { method: kind === "silence" ? "POST" : "PUT", body: said, refused });
      if (!saved) return;
      done();
      if (saved.secret) return showSecret(root, saved.secret);
      lineshaft.say(t("told.saved"));
      dialog.close();
    });
    on("form-show", form.preview, async () => {
      const said = body();
      const found = said && (await lineshaft.call("/api/v1/on-call/preview?days=7", { method: "POST", body: said, refused }));
      if (found) stretches(preview, found.items);
    });
    on("form-remove", row && !["preference", "network", "silence"].includes(kind), async () => {
      if (!(await lineshaft.call(`/api/v1/${form.path}/${encodeURIComponent(row.key)}`, { method: "DELETE", refused }))) return;
      lineshaft.say(t("told.removed"));
      dialog.close();
      done();
    });
    dialog.onclose = () => slot(root, "form-fields").replaceChildren(); // a secret stays nowhere
    dialog.showModal();
  };
})();
