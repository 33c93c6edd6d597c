// System: the books. Each sum is written like one on paper: the whole first, then what it is made of.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  const { el, list, mark, put, slot, t } = lineshaft;
  const EVERY_MS = 5000;
  const number = (value) => lineshaft.number(value);

  // Which figures each sum has; [group, name] of the answer.
  const SUMS = {
    received: { of: ["messages", "received"], parts: ["journaled", "duplicate", "ahead", "refused"].map((name) => ["messages", name]) },
    journal: {
      of: (books) => books.messages.journaled + books.messages.replayed,
      parts: [["done", "decoded"], ["done", "dead_lettered"], ["in_flight", "messages"]],
    },
    readings: {
      of: ["readings", "decoded"],
      parts: ["stored", "duplicate_same", "duplicate_conflict", "rejected", "dropped"].map((name) => ["readings", name]),
    },
  };

  const value = (books, what) => (typeof what === "function" ? what(books) : books[what[0]]?.[what[1]]);

  function showSum(root, books, name) {
    const { of, parts } = SUMS[name];
    const again = name === "journal" ? books.messages.replayed : 0;
    const words = again ? t("books.journal.replayed", { n: number(again) }) : t(`books.${name}`);
    const rows = [{ key: "whole", words, n: value(books, of) }];
    for (const part of parts) {
      const n = value(books, part);
      if (part[1] === "dropped" && !n) continue;
      rows.push({ key: part.join("."), words: t(`books.${part[0]}.${part[1]}`), n });
    }
    list(slot(root, `sum-${name}`), rows, {
      id: (row) => row.key,
      make: () => el("div.sum-row", {}, el("dt"), el("dd.number")),
      update(node, row) {
        const [words, n] = node.children;
        put(words, row.words);
        put(n, number(row.n));
        mark(node, "data-whole", row.key === "whole");
        mark(node, "data-none", row.n === 0 && row.key !== "whole");
      },
    });
  }

  // Why something is gone, in words; a cause this page does not know yet keeps its own name.
  function lossText(row) {
    const key = `books.cause.${row.cause}`;
    const why = lineshaft.has(key) ? t(key) : row.cause;
    return t("books.lost.row", { agent: `${row.site}/${row.agent}`, n: number(row.messages), why, when: lineshaft.when(row.booked) });
  }

  function showLost(root, books) {
    put(slot(root, "lost-none"), t(books.lost.length ? "books.lost.title" : "books.lost.none"));
    list(slot(root, "lost"), books.lost, {
      id: (row) => `${row.site}/${row.agent}/${row.cause}`,
      make: () => el("li"),
      update: (node, row) => put(node, lossText(row)),
    });
  }

  const className = (code) => (lineshaft.has(`books.class.${code}`) ? t(`books.class.${code}`) : code);

  function sampleText(row) {
    const what = { signal: lineshaft.signal(row.signal), device: `${row.site}/${row.agent}/${row.device}`, at: lineshaft.date(row.ts) };
    const values = { value: lineshaft.short(row.value), earlier: lineshaft.short(row.earlier), received: lineshaft.date(row.received) };
    return t(row.earlier === null ? "books.sample" : "books.sample.conflict", { class: className(row.class), ...what, ...values });
  }

  function showClasses(root, books) {
    const apart = books.classes.map((row) => `${className(row.code)} ${number(row.readings || row.messages)}`).join(" · ");
    put(slot(root, "classes"), apart ? t("books.apart", { list: apart }) : t("books.apart.none"));
    slot(root, "samples-box").hidden = !books.samples.length;
    list(slot(root, "samples"), books.samples, {
      id: (row) => `${row.site}/${row.agent}/${row.class}`,
      make: () => el("li"),
      update: (node, row) => put(node, sampleText(row)),
    });
  }

  function showAgents(root, books) {
    const cell = (column, ...inside) => el("td", { "data-label": t(`column.${column}`) }, ...inside);
    const columns = ["journaled", "readings", "in_flight", "outbox", "lost"];
    list(slot(root, "book-agents"), books.agents.slice(0, 50), {
      id: (row) => `${row.site}/${row.agent}`,
      make: () =>
        el("tr", {}, cell("agent", el("span.code")), cell("state", el("span.state")),
          ...columns.map((column) => cell(`books.${column}`, el("span.number")))),
      update(node, row) {
        const [agent, state, ...figures] = [...node.children].map((part) => part.firstElementChild);
        put(agent, row.agent ? `${row.site}/${row.agent}` : t("books.stranger"));
        put(state, t(row.balanced ? "books.balanced" : "books.unbalanced"));
        mark(state, "data-state", row.balanced ? "RUN" : "DOWN");
        columns.forEach((column, at) => put(figures[at], number(row[column])));
        mark(figures.at(-1), "class", row.lost ? "number bad" : "number");
      },
    });
    put(slot(root, "book-agents-count"), t("books.agents", { n: number(books.agents_total) }));
  }

  function show(root, books) {
    const state = slot(root, "balanced");
    put(state, t(books.balanced ? "books.balanced" : "books.unbalanced"));
    mark(state, "data-state", books.balanced ? "RUN" : "DOWN");
    mark(state, "class", "state");
    const age = slot(root, "books-age");
    mark(age, "data-age-text", "ago");
    lineshaft.age(age, books.ts, EVERY_MS, ".books");
    const fault = slot(root, "books-fault");
    fault.hidden = books.balanced;
    put(slot(root, "books-faults"), books.faults.join(" · "));
    for (const name of Object.keys(SUMS)) showSum(root, books, name);
    showLost(root, books);
    showClasses(root, books);
    showAgents(root, books);
    slot(root, "books-error").hidden = true;
  }

  // The figures could not be read: what is shown stays, and grows old visibly.
  function fail(root) {
    slot(root, "books-error").hidden = false;
  }

  lineshaft.books = { fail, show };
})();
