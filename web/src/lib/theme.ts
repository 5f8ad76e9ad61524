import { useSyncExternalStore } from "react";
import { readStored, writeStored } from "./stored.ts";

/** What a person chose; `system` follows the operating system. */
export type ThemeChoice = "light" | "dark" | "system";

const KEY = "tracely.theme";
const listeners = new Set<() => void>();
const system = matchMedia("(prefers-color-scheme: dark)");
system.addEventListener("change", apply);

/** The choice that is kept in this browser. */
export function themeChoice(): ThemeChoice {
  const stored = readStored(KEY);
  return stored === "light" || stored === "dark" ? stored : "system";
}

/** Keeps a choice and shows it at once. */
export function chooseTheme(choice: ThemeChoice): void {
  writeStored(KEY, choice === "system" ? null : choice);
  apply();
}

function apply(): void {
  const choice = themeChoice();
  const dark = choice === "dark" || (choice === "system" && system.matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The choice of the person, followed. */
export function useThemeChoice(): ThemeChoice {
  return useSyncExternalStore(subscribe, themeChoice);
}

/** The theme that is shown, followed; charts draw on canvas and must be told. */
export function useShownTheme(): "light" | "dark" {
  return useSyncExternalStore(subscribe, () =>
    document.documentElement.dataset.theme === "dark" ? "dark" : "light",
  );
}
