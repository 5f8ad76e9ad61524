import { incidentsQuery } from "~/api/queries/incidents.ts";
import { overviewQuery } from "~/api/queries/overview.ts";
import { rulesQuery } from "~/api/queries/rules.ts";
import { servicesQuery } from "~/api/queries/services.ts";
import type { PageLimit } from "~/lib/list-search.ts";
import type { Preset } from "~/lib/range.ts";

/** By what the server can sort services. */
export const serviceSorts = ["name", "key", "created_at", "updated_at"] as const;

/** What the address says of the list. */
export type ServicesSearch = {
  search?: string | undefined;
  sort_by?: (typeof serviceSorts)[number] | undefined;
  sort_dir?: "asc" | "desc" | undefined;
  limit?: PageLimit | undefined;
  offset?: number | undefined;
  /** Whether the dialog for a new service is open. */
  new?: true | undefined;
};

/** The query of the list; the route starts it early. */
export const servicesPageQuery = ({ search, sort_by, sort_dir, limit, offset }: ServicesSearch) =>
  servicesQuery({
    ...(search ? { search } : {}),
    sort_by: sort_by ?? "name",
    sort_dir: sort_dir ?? "asc",
    limit: limit ?? 20,
    offset: offset ?? 0,
  });

/** The range when the address says nothing. */
export const FALLBACK: Preset = "24h";

/** How one service stands; the route starts it early. */
export const serviceOverviewQuery = (id: string) => overviewQuery({ service_id: [id], limit: 1 });

/** Whose incidents or rules are shown. */
export type Of = { service_id: string } | { department_id: string };

const listed = (of: Of) =>
  "service_id" in of ? { service_id: [of.service_id] } : { department_id: [of.department_id] };

/** The live incidents of something, worst first. */
export const liveIncidentsQuery = (of: Of) =>
  incidentsQuery({
    ...listed(of),
    status: ["OPEN", "IN_PROGRESS"],
    sort_by: "severity",
    sort_dir: "desc",
    limit: 8,
  });

/** Those that were closed last. */
export const closedIncidentsQuery = (of: Of) =>
  incidentsQuery({ ...listed(of), status: ["CLOSED"], sort_by: "updated_at", sort_dir: "desc", limit: 5 });

/** The rules that check a service, or that are routed to a department. */
export const rulesOfQuery = (of: Of) =>
  rulesQuery({
    ...("service_id" in of ? of : { department_id: [of.department_id] }),
    sort_by: "metric_type",
    sort_dir: "asc",
    limit: 100,
  });
