import { lazy, Suspense, useSyncExternalStore } from "react";

const KeysDialog = lazy(() => import("./keys-dialog.tsx"));

let shown = false;
const listeners = new Set<() => void>();

function show(next: boolean): void {
  shown = next;
  for (const listener of listeners) listener();
}

/** Opens the list of keys. */
export const showKeys = () => show(true);

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The list of keys, a dialog that `?` opens. */
export function Keys() {
  const open = useSyncExternalStore(subscribe, () => shown);
  return (
    open && (
      <Suspense>
        <KeysDialog onClose={() => show(false)} />
      </Suspense>
    )
  );
}
