/** Dark, light, or as the system has it. */
import type { Theme } from "../ipc";

export function applyTheme(theme: Theme): () => void {
  const query = matchMedia("(prefers-color-scheme: light)");
  const apply = () => {
    document.documentElement.dataset.theme = theme === "system" ? (query.matches ? "light" : "dark") : theme;
  };
  apply();
  if (theme === "system") query.addEventListener("change", apply);
  return () => query.removeEventListener("change", apply);
}
