// Shift hand-over: drawn by the server; here a note is sent, and the page opened again to show it.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  const { slot } = lineshaft;

  function mount(root) {
    const box = slot(root, "note-box");
    const button = slot(root, "note-go");
    slot(root, "print").addEventListener("click", () => window.print());
    box.hidden = !["operator", "planner", "warehouse", "maintainer", "supervisor", "admin"].includes(
      window.lineshaftStart?.me?.role,
    );
    button.addEventListener("click", async () => {
      const note = box.querySelector("textarea").value.trim();
      if (!note) return;
      button.disabled = true;
      const { site, shift, start } = box.dataset;
      const body = { site, shift, start: Number(start), note };
      const said = await lineshaft.call("/api/v1/hand-over-notes", { method: "POST", body });
      button.disabled = false;
      if (said) window.location.reload();
    });
  }

  lineshaft.pages = lineshaft.pages || {};
  lineshaft.pages.handover = { topics: () => [], mount, render() {} };
})();
