"use strict";
// Sorts tables by their columns: a button in each head, up, down, and back to the order as printed.
// Heads of groups and totals stay where they are; rows move between them.
(() => {
  const number = /^[<>]?-?(\d[\d.]*)/;
  const plain = (text) =>
    text.replace(/[\s\u00a0\u2007\u202f]+/g, " ").trim()
      .replace(/\u2212/g, "-").replace(/(\d)\u00b7(\d)/g, "$1.$2").replace(/(\d),(?=\d{3}\b)/g, "$1");
  const said = (row, column) => (row.cells[column] ? plain(row.cells[column].textContent) : "");

  const value = (text) => {
    const found = number.exec(text.replace(/^HR /, ""));
    return found ? parseFloat(found[0].replace(/^[<>]/, "")) : NaN;
  };

  const fixed = (row, rows) =>
    row.matches(".group, .axis") ||
    (row.matches(".total") && (row === rows[0] || rows.slice(rows.indexOf(row)).every((r) => r.matches(".total, .axis"))));

  const order = (column, rows, direction) => {
    const texts = new Map(rows.map((row) => [row, said(row, column)]));
    const values = new Map(rows.map((row) => [row, value(texts.get(row))]));
    const known = rows.filter((row) => !Number.isNaN(values.get(row))).length;
    const worded = rows.filter((row) => /^\p{L}/u.test(texts.get(row))).length;
    const absent = (row) => /^[\u2013-]?$/.test(texts.get(row)) || (known > worded && Number.isNaN(values.get(row)));
    return (a, b) => {
      if (absent(a) || absent(b)) return absent(a) - absent(b);
      return direction * (known > worded
        ? values.get(a) - values.get(b)
        : texts.get(a).localeCompare(texts.get(b), "en", { numeric: true }));
    };
  };

  const sort = (body, printed, column, direction) => {
    if (!direction) return body.append(...printed);
    const now = [];
    let stretch = [];
    const close = () => {
      now.push(...stretch.sort(order(column, stretch, direction)));
      stretch = [];
    };
    for (const row of printed) {
      if (fixed(row, printed)) { close(); now.push(row); } else stretch.push(row);
    }
    close();
    body.append(...now);
  };

  for (const table of document.querySelectorAll("table.sortable")) {
    const heads = [...table.tHead.rows[table.tHead.rows.length - 1].cells];
    const bodies = [...table.tBodies].map((body) => [body, [...body.rows]]);
    heads.forEach((head, column) => {
      if (head.matches(".drawn") || !head.textContent.trim()) return;
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const was = head.getAttribute("aria-sort");
        const next = { ascending: "descending", descending: null }[was];
        const now = was ? next : "ascending";
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        if (now) head.setAttribute("aria-sort", now);
        const way = { ascending: 1, descending: -1 }[now] || 0;
        for (const [body, printed] of bodies) sort(body, printed, column, way);
      });
    });
  }

  // What fits needs no stop of the tab key.
  const fit = () => {
    for (const box of document.querySelectorAll(".scroll")) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0; else box.removeAttribute("tabindex");
    }
  };
  fit();
  addEventListener("resize", fit);
  document.fonts.ready.then(fit);
})();
