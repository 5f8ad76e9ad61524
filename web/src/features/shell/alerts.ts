import { useEffect, useEffectEvent, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { type Change, onChange } from "~/api/live/index.ts";
import { readStored, writeStored } from "~/lib/stored.ts";

/** How this browser calls when a critical incident opens; nothing unless it was asked for. */
type Alerts = { sound: boolean; popup: boolean; popupDenied: boolean };

const listeners = new Set<() => void>();
let alerts = read();

function read(): Alerts {
  const permission = "Notification" in window ? Notification.permission : "denied";
  return {
    sound: readStored("tracely.alert.sound") === "on",
    popup: readStored("tracely.alert.popup") === "on" && permission === "granted",
    popupDenied: permission === "denied",
  };
}

function refresh(): void {
  alerts = read();
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** What was chosen, followed. */
export function useAlerts(): Alerts {
  return useSyncExternalStore(subscribe, () => alerts);
}

/** Switches a way of calling; the browser asks for permission when it must. */
export async function chooseAlert(kind: "sound" | "popup", on: boolean): Promise<void> {
  writeStored(`tracely.alert.${kind}`, on ? "on" : null);
  if (on && kind === "popup" && "Notification" in window) await Notification.requestPermission();
  if (on && kind === "sound") chime();
  refresh();
}

/** Calls for each critical incident that opens or is violated again; belongs at the root, once. */
export function useCalls(open: (key: string) => void): void {
  const { t } = useTranslation();
  const call = useEffectEvent((change: Change) => {
    if (change.kind !== "incident.opened" || change.severity !== "CRITICAL") return;
    if (alerts.sound) chime();
    if (!alerts.popup) return;
    const title = `${change.incident_key ?? ""} ${t("severity.CRITICAL")}`;
    const popup = new Notification(title, { body: change.title ?? "", tag: change.incident_id ?? "" });
    popup.onclick = () => {
      focus();
      if (change.incident_key) open(change.incident_key);
    };
  });
  useEffect(() => onChange(call), []);
}

/** Two short tones, made on the spot. */
function chime(): void {
  const context = new AudioContext();
  for (const [index, frequency] of [880, 660].entries()) {
    const tone = context.createOscillator();
    const volume = context.createGain();
    const start = context.currentTime + index * 0.18;
    tone.frequency.value = frequency;
    volume.gain.setValueAtTime(0.2, start);
    volume.gain.exponentialRampToValueAtTime(0.001, start + 0.17);
    tone.connect(volume).connect(context.destination);
    tone.start(start);
    tone.stop(start + 0.17);
  }
  setTimeout(() => context.close(), 1_000);
}
