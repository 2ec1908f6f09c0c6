/* The condition editor, while an answer is on its way: whatever somebody types or checks meanwhile, opens or goes to
   stays when the editor is drawn anew. And fields that take several values with commas are offered the next one.
   Without this the editor works all the same. */
(() => {
  if (document.documentElement.dataset.conditions !== undefined) return;
  document.documentElement.dataset.conditions = "";

  const FIELDS = "input[name]:not([type=hidden]), select[name], textarea[name]";
  const isBox = (field) => field.type === "checkbox";
  const keyOf = (field) => (isBox(field) ? `${field.name}=${field.value}` : field.name);
  const saidIn = (field) => (isBox(field) ? field.checked : field.value);
  const fieldsOf = (tree) => [...tree.querySelectorAll(FIELDS)];
  const treeOf = (event) => (event.detail.target?.matches?.(".lc-tree") ? event.detail.target : null);

  const sent = new WeakMap();
  let kept = null;

  document.addEventListener("htmx:beforeRequest", (event) => {
    const tree = treeOf(event);
    if (tree) sent.set(tree, new Map(fieldsOf(tree).map((field) => [keyOf(field), saidIn(field)])));
  });

  document.addEventListener("htmx:beforeSwap", (event) => {
    const tree = treeOf(event);
    const before = tree && sent.get(tree);
    if (!before) return;
    const active = document.activeElement;
    kept = {
      id: tree.id,
      said: new Map(
        fieldsOf(tree)
          .filter((field) => before.has(keyOf(field)) && before.get(keyOf(field)) !== saidIn(field))
          .map((field) => [keyOf(field), saidIn(field)]),
      ),
      open: [...tree.querySelectorAll("details[id][open]")].map((details) => details.id),
      // Whoever went on to another field stays there.
      active: active && active !== document.body && active !== event.detail.requestConfig.elt ? active.id : null,
      from: active?.selectionStart ?? null,
      to: active?.selectionEnd ?? null,
    };
  });

  const say = (field, said) => {
    if (isBox(field)) field.checked = said;
    else if (!field.matches("select") || [...field.options].some((option) => option.value === said)) field.value = said;
  };

  document.addEventListener("htmx:afterSwap", () => {
    const tree = kept && document.getElementById(kept.id);
    if (!tree) return;
    const { said, open, active, from, to } = kept;
    kept = null;
    for (const field of fieldsOf(tree)) if (said.has(keyOf(field))) say(field, said.get(keyOf(field)));
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    if (active === null) return;
    for (const field of tree.querySelectorAll("[autofocus]")) field.removeAttribute("autofocus");
    const field = document.getElementById(active);
    if (!field || !tree.contains(field)) return;
    field.focus({ preventScroll: true });
    if (from !== null) field.setSelectionRange?.(from, to);
  });

  /* A closed list of boxes says what is checked in it. */
  document.addEventListener("change", (event) => {
    const words = event.target.closest(".lc-pick")?.querySelector(".lc-cut[data-any]");
    if (!words) return;
    const checked = [...event.target.closest(".lc-pick").querySelectorAll("input:checked")];
    words.textContent = checked.map((box) => box.closest("label").textContent.trim()).join(", ") || words.dataset.any;
  });

  /* A list of values is offered as what already stands, and one more. */
  document.addEventListener("input", (event) => {
    const field = event.target;
    if (!field.matches("input[data-commas]") || !field.list) return;
    const before = field.value.slice(0, field.value.lastIndexOf(",") + 1);
    const given = before.split(",").map((value) => value.trim().toLowerCase());
    for (const option of field.list.options) {
      option.dataset.value ??= option.value;
      option.disabled = given.includes(option.dataset.value.toLowerCase());
      option.value = before ? `${before} ${option.dataset.value}` : option.dataset.value;
    }
  });
})();
