// Runs before the first paint, so that a dark page does not flash white. The same rule as src/lib/theme.ts.
(() => {
  let choice = null;
  try {
    choice = localStorage.getItem("tracely.theme");
  } catch {
    // Storage may be forbidden; the system's theme is used then.
  }
  const dark =
    choice === "dark" || (choice !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();
