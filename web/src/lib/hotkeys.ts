import { useEffect, useEffectEvent } from "react";
import { type KeyBindingMap, tinykeys } from "tinykeys";

/** Whether keys go into a text, where a letter is a letter. */
function isTyping(event: KeyboardEvent): boolean {
  const target = event.target;
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !["checkbox", "radio", "button"].includes(target.type);
  return target.isContentEditable || ["TEXTAREA", "SELECT"].includes(target.tagName);
}

const covers = ":is([role=dialog], [role=alertdialog], [role=menu], [role=listbox]):not([data-toast])";

/** Whether a dialog or a menu is open and has the keyboard for itself. A toast is a dialog by role, but in no way. */
function isCovered(): boolean {
  return document.querySelector(covers) !== null;
}

/**
 * Binds keys while the component is shown, written as tinykeys does ("$mod+k", "g i", "Shift+?").
 * Keys without a modifier do nothing while somebody types or a dialog is open.
 */
export function useHotkeys(keys: Record<string, (event: KeyboardEvent) => void>): void {
  const run = useEffectEvent((name: string, event: KeyboardEvent) => {
    if (!name.includes("$mod") && (isTyping(event) || isCovered())) return;
    keys[name]?.(event);
  });
  const names = Object.keys(keys).join("\n");
  useEffect(() => {
    const bindings: KeyBindingMap = {};
    for (const name of names.split("\n")) bindings[name] = (event) => run(name, event);
    return tinykeys(window, bindings);
  }, [names]);
}
