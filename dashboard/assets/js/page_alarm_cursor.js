// The row the keys are on in the alarms' grid. It is known by its id: rows change places as they change state, and a
// key that acted on whatever took a row's place would shelve the wrong alarm.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});

  lineshaft.alarmCursor = (grid, box) => {
    let at = null;
    let last = 0; // where that row is, or was
    let settling = false;

    const node = () => (at === null ? null : grid.getRowNode(at) ?? null);

    // The grid knows its focus by the row's number: where the row has moved, its focus moves with it.
    function follow() {
      const mine = node();
      if (mine) last = mine.rowIndex;
      else at = null;
      const focused = grid.getFocusedCell();
      if (focused && focused.rowIndex !== mine?.rowIndex) {
        const here = box.contains(document.activeElement) && !document.querySelector("dialog[open]");
        if (mine && here) grid.setFocusedCell(mine.rowIndex, focused.column);
        else grid.clearFocusedCell();
      }
      for (const row of box.querySelectorAll(".ag-row")) row.classList.toggle("at", row.getAttribute("row-id") === at);
    }

    function put(id) {
      if (!id || id === at) return;
      at = id;
      follow();
    }

    // Changes rows; what the grid does with its focus meanwhile is not the user's doing.
    function settle(change) {
      settling = true;
      change();
      settling = false;
      follow();
    }

    // From the row, or from where it was; gives the id of the row it is on then.
    function move(by) {
      const count = grid.getDisplayedRowCount();
      if (!count) return null;
      const from = node()?.rowIndex;
      const place = Math.min(Math.max(from === undefined || from === null ? last : from + by, 0), count - 1);
      grid.ensureIndexVisible(place);
      at = grid.getDisplayedRowAtIndex(place)?.data.id ?? null;
      grid.setFocusedCell(place, "message");
      follow();
      return at;
    }

    box.addEventListener("focusin", (event) => {
      if (!settling) put(event.target.closest?.("[row-id]")?.getAttribute("row-id"));
    });
    grid.addEventListener("sortChanged", follow);
    lineshaft.alarmIsAt = (id) => id === at; // for rows that are drawn as they come into view
    return { move, put, row: () => node()?.data, settle };
  };
})();
