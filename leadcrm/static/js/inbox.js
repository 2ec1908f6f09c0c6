/* The inbox: the next offer is looked up while this one is read, and shown the moment a key decides; its own keys wait
   until the server has answered, for the answer takes its place. Without this the page works, a blink slower.

   Marks in the markup:
     data-ahead="/inbox/12/"   on the case: where the next one is
     data-decides              a form that decides
     data-show                 a box that opens by itself: something in it is wrong */
(() => {
  const ahead = { url: "", html: "" };
  let preview = null;

  const lookAhead = () => {
    const url = document.querySelector("[data-ahead]")?.dataset.ahead || "";
    if (!url || url === ahead.url) return;
    ahead.url = url;
    ahead.html = "";
    fetch(url, { headers: { "HX-Request": "true" } })
      .then((answer) => (answer.ok && !answer.redirected ? answer.text() : ""))
      .then((html) => {
        if (ahead.url === url) ahead.html = html;
      })
      .catch(() => {}); // then the step waits for its answer, as it would without this
  };

  const showNext = () => {
    const now = document.getElementById("case");
    const wanted = now?.dataset.ahead;
    for (const box of document.querySelectorAll(":popover-open")) box.hidePopover();
    if (!now || now.inert) return;
    now.inert = true;
    if (!wanted || wanted !== ahead.url || !ahead.html) return;
    const found = new DOMParser().parseFromString(ahead.html, "text/html").querySelector(".lc-case");
    if (!found) return;
    for (const element of found.querySelectorAll("[popover]")) element.remove();
    for (const element of found.querySelectorAll("[id]")) element.removeAttribute("id");
    found.removeAttribute("id");
    found.inert = true;
    found.setAttribute("aria-hidden", "true");
    now.hidden = true;
    now.after(found);
    preview = found;
    scrollTo({ top: 0 });
  };

  const back = () => {
    const now = document.getElementById("case");
    preview?.remove();
    preview = null;
    if (now) now.inert = now.hidden = false;
  };

  const settle = () => {
    preview = null;
    document.querySelector("[popover][data-show]")?.showPopover();
    lookAhead();
  };

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.matches("[data-decides]")) showNext();
  });
  for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) document.addEventListener(name, back);
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id !== "main") return;
    scrollTo({ top: 0 }); // focus went to the case, and would leave its head under the bar
    settle();
  });
  settle();
})();
