import { useSyncExternalStore } from "react";

const wide = matchMedia("(min-width: 64rem)");

function subscribe(listener: () => void): () => void {
  wide.addEventListener("change", listener);
  return () => wide.removeEventListener("change", listener);
}

/** Whether there is room for a preview beside the list, followed. */
export function useWide(): boolean {
  return useSyncExternalStore(subscribe, () => wide.matches);
}
