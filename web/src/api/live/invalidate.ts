import type { QueryKey } from "@tanstack/react-query";

/** What `event: change` of `GET /api/live` carries; only what decides which cached answers are out of date. */
export type Change = {
  kind: string;
  at?: string;
  incident_id?: string;
  incident_key?: string;
  service_id?: string;
  rule_id?: string;
  department_id?: string;
  severity?: "CRITICAL" | "HIGH" | "MEDIUM" | "LOW";
  status?: string;
  title?: string;
  actor?: string;
};

/** Answers with the keys of the cached answers that a change makes stale. */
export function staleAfter(change: Change): QueryKey[] {
  const [thing] = change.kind.split(".");
  switch (thing) {
    case "service":
      return [["services"], ["rules"], ["incidents"], ["timeline"]];
    case "department":
      return [["departments"], ["rules"]];
    case "metric_type":
      return [["metric-types"], ["charts"]];
    case "rule":
      return [["rules"], ["services", "overview"]];
    case "incident":
      return [
        ["incidents", "list"],
        ["incidents", "summary"],
        ["incidents", "statistics"],
        ["incidents", "assignees"],
        ...incidentKeys(change),
        ["services", "overview"],
        ["rules", "top"],
        ["timeline"],
      ];
    case "comment":
      return [...incidentKeys(change), ["timeline"]];
    case "notification":
      return [["notifications"]];
    default:
      return [];
  }
}

/** A detail page is cached under what its address says, the id or the readable key. */
function incidentKeys(change: Change): QueryKey[] {
  return [change.incident_id, change.incident_key]
    .filter((key) => key !== undefined)
    .map((key) => ["incidents", "detail", key]);
}

/**
 * Answers with the keys that new points of services make stale. A further violation of a live incident is told by
 * no change of its own, though it moves its count and perhaps its peak.
 */
export function staleAfterPoints(): QueryKey[] {
  return [["charts"], ["points"], ["services", "overview"], ["incidents", "list"], ["incidents", "detail"]];
}

/** Puts keys together without those that a shorter key covers, so that nothing is fetched twice. */
export function distinct(keys: QueryKey[]): QueryKey[] {
  const texts = keys.map((key) => JSON.stringify(key).slice(0, -1));
  const covers = (short: string, long: string) => long === short || long.startsWith(`${short},`);
  return keys.filter((_, index) =>
    texts.every((text, other) => {
      if (other === index || !covers(text, texts[index] ?? "")) return true;
      return text === texts[index] && other > index;
    }),
  );
}
