/* What the pages do beyond links and forms. Everything here is an addition: without it every page works.

   Marks in the markup:
     data-theme-set="light|dark|auto"   sets the theme
     data-shortcuts-switch              a checkbox that turns single-key shortcuts off
     data-dialog="id"                   opens a <dialog>
     data-go="l"                        a link followed by g, then l
     data-key="1"                       a button or link pressed by that key ("Escape" too)
     .lc-ask[popover]                   a box: Ctrl+Enter in a text sends its form, its keys go before the page's
     data-row-key="d"                   a button pressed by that key while its row is the current one
     data-enter                         the button of a box that Enter in its fields presses
     data-esc                           a field that Esc leaves, so that keys work again
     data-search                        the field that / focuses; one in <main> wins
     data-rows                          a table or list whose rows j, k, Enter and x work on
     data-row                           a row, where the container is not a table
     data-select-page                   a box that checks every box of its data-rows
     data-selected-count                shows how many are checked, inside the same form
     data-submit-on-change              a field that sends its form when it changes
     data-lane="key", data-deal         a column of a board and its cards: a card dropped there presses its button
                                        of that value; data-closed takes none
     data-print                         prints the page
     data-toast-close, data-seconds     in toasts */
(() => {
  const root = document.documentElement;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const isVisible = (element) => element.checkVisibility({ visibilityProperty: true });

  const stored = (key) => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  };
  const store = (key, value) => {
    try {
      localStorage.setItem(key, value);
    } catch {
      /* then the choice holds for this page only */
    }
  };

  /* ---------- theme ---------- */
  const showTheme = () => {
    for (const button of all("[data-theme-set]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeSet === root.dataset.themeWish));
    }
  };
  document.addEventListener("leadcrm:theme", showTheme);
  showTheme();

  /* ---------- shortcuts on or off (WCAG 2.1.4) ---------- */
  let shortcutsOn = stored("shortcuts") !== "off";
  const showShortcuts = () => {
    root.dataset.shortcuts = shortcutsOn ? "on" : "off";
    for (const box of all("[data-shortcuts-switch]")) box.checked = shortcutsOn;
  };
  showShortcuts();

  /* ---------- clicks and changes ---------- */
  document.addEventListener("click", (event) => {
    const target = event.target.closest("[data-theme-set], [data-dialog], [data-toast-close], [data-print]");
    if (!target) return;
    if (target.dataset.themeSet) {
      document.dispatchEvent(new CustomEvent("leadcrm:theme-wish", { detail: target.dataset.themeSet }));
    } else if (target.dataset.dialog) {
      for (const open of all(":popover-open")) open.hidePopover();
      document.getElementById(target.dataset.dialog)?.showModal();
    } else if (target.matches("[data-print]")) {
      print();
    } else {
      target.closest(".lc-toast").remove();
    }
  });
  document.addEventListener("click", (event) => {
    // A click on the backdrop closes, as Esc does.
    if (event.target.matches("dialog[open]")) {
      const box = event.target.getBoundingClientRect();
      const inside =
        event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
      if (!inside) event.target.close();
    }
  });
  document.addEventListener("change", (event) => {
    const field = event.target;
    if (field.matches("[data-shortcuts-switch]")) {
      shortcutsOn = field.checked;
      store("shortcuts", shortcutsOn ? "on" : "off");
      showShortcuts();
    }
    if (field.matches("[data-submit-on-change]")) field.form.requestSubmit();
    if (field.matches("[data-select-page]")) {
      for (const box of rowBoxes(field.closest("[data-rows]"))) box.checked = field.checked;
    }
    if (field.matches(".lc-box")) countSelected(field.closest("[data-rows]"));
  });

  /* ---------- rows ---------- */
  const rowsOf = (list) => all("tbody > tr, [data-row]", list).filter(isVisible);
  const rowBoxes = (list) => (list ? all("tbody .lc-box, [data-row] .lc-box", list) : []);
  const rowLink = (row) => row.querySelector("a[data-open]") || row.querySelector("a[href]");
  const currentRow = () => document.querySelector("[data-rows] [data-focus]");
  const currentList = () => currentRow()?.closest("[data-rows]") || all("[data-rows]").find(isVisible);

  const countSelected = (list) => {
    if (!list) return;
    const boxes = rowBoxes(list);
    const checked = boxes.filter((box) => box.checked).length;
    const page = list.querySelector("[data-select-page]");
    if (page) {
      page.checked = checked > 0 && checked === boxes.length;
      page.indeterminate = checked > 0 && checked < boxes.length;
    }
    for (const count of all("[data-selected-count]", list.closest("form") || list)) count.textContent = checked;
  };
  const markRow = (row) => {
    for (const other of all("[data-rows] [data-focus]")) if (other !== row) other.removeAttribute("data-focus");
    row?.setAttribute("data-focus", "");
  };
  const moveRow = (step) => {
    const list = currentList();
    if (!list) return false;
    const rows = rowsOf(list);
    const at = rows.indexOf(currentRow());
    const row = rows[at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at + step, 0), rows.length - 1)];
    if (!row) return false;
    markRow(row);
    // Real focus follows, so that Enter opens and screen readers read the row's link.
    rowLink(row)?.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
    return true;
  };
  document.addEventListener("focusin", (event) => {
    const row = event.target.closest("[data-rows] tbody > tr, [data-rows] [data-row]");
    if (row) markRow(row);
  });
  const clearRows = () => {
    const list = currentList();
    const boxes = rowBoxes(list).filter((box) => box.checked);
    if (!boxes.length && !currentRow()) return false;
    for (const box of boxes) box.checked = false;
    countSelected(list);
    if (!boxes.length) {
      markRow(null);
      document.activeElement?.blur();
    }
    return true;
  };

  /* ---------- keys ---------- */
  // A Hebrew or Russian layout types other letters with the same keys: then the key's place counts.
  const keyOf = (event) => {
    if (event.key.length === 1 && event.key.charCodeAt(0) > 126 && /^Key[A-Z]$/.test(event.code)) {
      return event.code.slice(3).toLowerCase();
    }
    return event.key.length === 1 ? event.key.toLowerCase() : event.key;
  };
  const isTyping = (element) =>
    element.isContentEditable || element.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=button], [type=submit])");
  const somethingOpen = () => document.querySelector("dialog[open], :popover-open");
  const press = (key, within = document) => {
    const element = all("[data-key]", within)
      .filter((found) => found.dataset.key.toLowerCase() === key.toLowerCase())
      .filter((found) => !found.disabled && isVisible(found) && !found.closest("[inert]"))
      .pop(); // toasts stand last: the newest one wins
    element?.click();
    return Boolean(element);
  };

  const pressInRow = (key) => {
    const button = currentRow()?.querySelector(`[data-row-key="${CSS.escape(key)}"]`);
    button?.click();
    return Boolean(button);
  };

  let goUntil = 0;
  const go = (key) => {
    const link = document.querySelector(`[data-go="${CSS.escape(key)}"]`);
    if (link) location.assign(link.href);
    return Boolean(link);
  };
  const act = (key, at) => {
    if (at < goUntil) {
      goUntil = 0;
      if (go(key)) return true;
    }
    switch (key) {
      case "g":
        goUntil = at + 1500; // by when the keys were pressed, however late a busy page hears of it
        return true;
      case "/": {
        const fields = all("[data-search]").filter(isVisible);
        const field = fields.find((found) => found.closest("main")) || fields[0];
        field?.focus();
        field?.select();
        return Boolean(field);
      }
      case "?":
        document.getElementById("keys")?.showModal();
        return true;
      case "j":
        return moveRow(1) || press(key);
      case "k":
        return moveRow(-1) || press(key);
      case "x": {
        const box = currentRow()?.querySelector(".lc-box");
        box?.click();
        return box ? true : press(key);
      }
      case "Escape":
        return clearRows() || press(key);
      default:
        return pressInRow(key) || press(key);
    }
  };
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const open = somethingOpen();
    if (open) {
      // A box that is open has the keys for itself.
      if (event.key.length === 1 && shortcutsOn && !event.repeat && !isTyping(event.target) && press(keyOf(event), open)) event.preventDefault();
      return;
    }
    if (isTyping(event.target)) {
      if (event.key === "Escape" && event.target.matches("[data-search], [data-esc]")) event.target.blur();
      return;
    }
    const isCharacter = event.key.length === 1;
    if (isCharacter && !shortcutsOn) return;
    if (event.repeat && !"jk".includes(keyOf(event))) return;
    if ((isCharacter || event.key === "Escape") && act(keyOf(event), event.timeStamp)) event.preventDefault();
  });

  /* ---------- forms: Ctrl+Enter sends, a box that opens is ready to type in ---------- */
  document.addEventListener("keydown", (event) => {
    // In a box within a form, Enter presses the box's own button, not the form's first.
    if (event.key !== "Enter" || event.isComposing || !event.target.matches(".lc-ask input")) return;
    const own = event.target.closest(".lc-ask").querySelector("[data-enter]");
    if (!own) return;
    event.preventDefault();
    own.click();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
    if (event.target.matches("textarea") && event.target.form) {
      event.preventDefault();
      const { form } = event.target;
      // A form with several ways to send it is not sent by guess.
      const senders = all("button[type=submit], button:not([type])", form);
      if (senders.length === 1) form.requestSubmit(senders[0]);
    }
  });
  document.addEventListener(
    "toggle",
    (event) => {
      const box = event.target;
      if (event.newState !== "open" || !box.matches?.(".lc-ask[popover]") || box.querySelector("[autofocus]")) return;
      box.querySelector("input:not([type=hidden]), select, textarea")?.focus();
    },
    true,
  );

  /* ---------- toasts: ten seconds, not counted while one reads or reaches for them ---------- */
  const TICK = 250;
  const MOST_TOASTS = 3;
  const watchToast = (toast) => {
    if (toast.dataset.watched !== undefined) return;
    toast.dataset.watched = "";
    let left = 1000 * (Number(toast.dataset.seconds) || 6);
    const timer = setInterval(() => {
      if (!toast.isConnected) return clearInterval(timer);
      if (document.hidden || toast.matches(":hover") || toast.contains(document.activeElement)) return;
      left -= TICK;
      if (left > 0) return;
      clearInterval(timer);
      toast.remove();
    }, TICK);
  };
  const dock = document.getElementById("toasts");
  if (dock) {
    // A live region speaks only of what changes after it stands: those sent with the page are put in again.
    const first = [...dock.children];
    new MutationObserver(() => {
      const toasts = all(".lc-toast", dock);
      for (const old of toasts.slice(0, -MOST_TOASTS)) old.remove();
      toasts.forEach(watchToast);
    }).observe(dock, { childList: true });
    dock.replaceChildren();
    requestAnimationFrame(() => dock.replaceChildren(...first));
  }

  /* ---------- boards: dragging does what the card's menu does ---------- */
  let dragged = null;
  const laneOf = (event) => {
    const lane = dragged && event.target.closest?.("[data-lane]:not([data-closed])");
    return lane && !lane.contains(dragged) ? lane : null;
  };
  const markLane = (lane) => {
    for (const other of all("[data-lane][data-over]")) if (other !== lane) other.removeAttribute("data-over");
    lane?.setAttribute("data-over", "");
  };
  document.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.("[data-deal]") || null;
    if (!dragged) return;
    dragged.dataset.state = "lift";
    event.dataTransfer.effectAllowed = "move";
  });
  document.addEventListener("dragover", (event) => {
    const lane = laneOf(event);
    markLane(lane);
    if (lane) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    const lane = laneOf(event);
    if (!lane) return;
    event.preventDefault();
    const button = all("button[name=to]", dragged).find((found) => found.value === lane.dataset.lane);
    button?.click();
  });
  document.addEventListener("dragend", () => {
    markLane(null);
    if (dragged) delete dragged.dataset.state;
    dragged = null;
  });

  /* ---------- htmx ---------- */
  const complain = (text) => {
    const notes = document.getElementById("notes");
    if (!notes || !text) return;
    const note = document.createElement("p");
    note.className = "lc-note";
    note.dataset.band = "failing";
    note.setAttribute("role", "alert");
    note.textContent = text;
    notes.replaceChildren(note);
    note.scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("htmx:sendError", () => complain(document.body.dataset.tFailed));
  document.addEventListener("htmx:timeout", () => complain(document.body.dataset.tFailed));
  document.addEventListener("htmx:responseError", () => complain(document.body.dataset.tRefused));
  document.addEventListener("htmx:beforeSwap", (event) => {
    // A session that ended answers with a whole page (the sign-in): show it as a page, not inside this one.
    const { xhr } = event.detail;
    if (xhr.status === 200 && /^\s*<!doctype/i.test(xhr.responseText) && !event.detail.boosted && xhr.responseURL !== location.href) {
      const asked = new URL(event.detail.pathInfo.requestPath, location.href).pathname;
      if (new URL(xhr.responseURL).pathname !== asked) {
        event.detail.shouldSwap = false;
        location.reload();
      }
    }
  });
  document.addEventListener("htmx:afterSettle", () => {
    showShortcuts();
    showTheme();
    for (const list of all("[data-rows]")) countSelected(list);
  });
  for (const list of all("[data-rows]")) countSelected(list);
})();
