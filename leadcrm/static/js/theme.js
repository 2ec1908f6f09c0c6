/* Runs in <head>, before the first paint: applies the chosen theme and marks that scripts work. */
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  let wish = "auto";

  const read = () => {
    try {
      wish = localStorage.getItem("theme") || "auto";
    } catch {
      /* storage is refused in some private windows: the choice then holds for this page only */
    }
  };
  const apply = () => {
    root.dataset.bsTheme = wish === "auto" ? (dark.matches ? "dark" : "light") : wish;
    root.dataset.themeWish = wish;
    document.dispatchEvent(new Event("leadcrm:theme"));
  };

  root.dataset.script = "";
  read();
  apply();
  dark.addEventListener("change", apply);
  addEventListener("storage", (event) => {
    if (event.key !== "theme") return;
    read();
    apply();
  });
  document.addEventListener("leadcrm:theme-wish", (event) => {
    wish = event.detail;
    try {
      localStorage.setItem("theme", wish);
    } catch {
      /* as above */
    }
    apply();
  });
})();
