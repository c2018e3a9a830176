// Chooses a map, tells the value of a sub-area, sorts tables. Without it, the page shows all maps and tables as they are.
"use strict";
(() => {
  const words = document.currentScript.dataset;
  const maps = [...document.querySelectorAll(".map")];
  const picker = document.getElementById("indicator");

  const show = (id) => maps.forEach((map) => { map.hidden = map.id !== id; });

  if (picker && maps.length > 1) {
    picker.closest(".picker").hidden = false;
    const asked = maps.find((map) => "#" + map.id === location.hash);
    if (asked) picker.value = asked.id;
    show(picker.value);
    picker.addEventListener("change", () => show(picker.value));
  }

  // The shapes of a map are stepped through with the arrow keys: one stop for the tabulator, not forty.
  for (const map of maps) {
    const svg = map.querySelector("svg.large");
    const told = map.querySelector(".told");
    const units = [...svg.querySelectorAll(".unit")];
    const rows = new Map([...map.querySelectorAll("tr[data-unit]")].map((row) => [row.dataset.unit, row]));
    if (units.length === 0) continue;
    const invitation = told.textContent;
    told.hidden = false;

    const tell = (unit) => {
      for (const other of units) {
        const on = other === unit;
        other.classList.toggle("on", on);
        rows.get(other.dataset.unit)?.classList.toggle("on", on);
      }
      told.textContent = unit ? unit.getAttribute("aria-label") : invitation;
    };

    svg.setAttribute("role", "group");
    units.forEach((unit, place) => {
      // A tooltip of the browser beside our own line would say everything twice.
      const title = unit.querySelector("title");
      unit.setAttribute("aria-label", title.textContent);
      title.remove();
      unit.setAttribute("role", "img");
      unit.setAttribute("tabindex", place === 0 ? "0" : "-1");
      unit.addEventListener("pointerenter", () => tell(unit));
      unit.addEventListener("focus", () => tell(unit));
      unit.addEventListener("blur", () => tell(null));
      unit.addEventListener("keydown", (event) => {
        const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
        const ends = { Home: 0, End: units.length - 1 };
        let to = ends[event.key];
        if (event.key in steps) to = (place + steps[event.key] + units.length) % units.length;
        if (to === undefined) return;
        event.preventDefault();
        unit.setAttribute("tabindex", "-1");
        units[to].setAttribute("tabindex", "0");
        units[to].focus();
      });
    });
    svg.addEventListener("pointerleave", () => tell(null));
    for (const [unit, row] of rows) {
      row.addEventListener("pointerenter", () => tell(units.find((other) => other.dataset.unit === unit)));
      row.addEventListener("pointerleave", () => tell(null));
    }
  }

  const key = (row, column) => {
    const cell = row.cells[column];
    if (cell.dataset.sort !== undefined) return Number(cell.dataset.sort);
    return cell.classList.contains("n") ? Number(cell.textContent) : cell.textContent.trim();
  };
  const compare = (a, b) => {
    const missing = [a, b].map((value) => Number.isNaN(value));
    if (missing[0] || missing[1]) return missing[0] - missing[1];
    return typeof a === "number" ? a - b : a.localeCompare(b, document.documentElement.lang);
  };

  for (const table of document.querySelectorAll("table.sortable")) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      button.title = words.by.replace("{0}", head.textContent);
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const body = table.tBodies[0];
        const rows = [...body.rows].map((row) => [key(row, column), row]);
        // What is missing stands last either way.
        const order = (a, b) => {
          const found = compare(a[0], b[0]);
          return down && !Number.isNaN(a[0]) && !Number.isNaN(b[0]) ? -found : found;
        };
        body.append(...rows.sort(order).map(([, row]) => row));
      });
    });
  }
})();
