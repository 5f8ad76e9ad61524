import { useQueries, useQuery } from "@tanstack/react-query";
import type { Schemas } from "~/api/client.ts";
import { MOST } from "~/api/client.ts";
import { departmentsQuery } from "~/api/queries/departments.ts";
import { metricTypesQuery } from "~/api/queries/metrics.ts";
import { serviceQuery, servicesQuery } from "~/api/queries/services.ts";

/** So many services are asked for one by one at the most; the rest is counted, not named. */
const ONE_BY_ONE = 20;

type Service = Schemas["Service"];

/** The services with these ids, as far as they are known: of the first page of all, the rest one by one. */
export function useServices(ids: readonly string[]): ReadonlyMap<string, Service> {
  const first = useQuery(servicesQuery({ limit: MOST }));
  const known = new Map((first.data?.data ?? []).map((service) => [service.id, service]));
  const missing = first.isSuccess ? [...new Set(ids)].filter((id) => !known.has(id)) : [];
  const others = useQueries({ queries: missing.slice(0, ONE_BY_ONE).map((id) => serviceQuery(id)) });
  for (const { data } of others) if (data) known.set(data.id, data);
  return known;
}

/** The names of things by their ids. */
export function namesOf(things: Iterable<{ id: string; name: string }>): ReadonlyMap<string, string> {
  return new Map([...things].map(({ id, name }) => [id, name]));
}

/** The departments by name. */
export function useDepartments(): readonly Schemas["Department"][] {
  return useQuery(departmentsQuery({ limit: MOST })).data?.data ?? [];
}

/** The metric types by their keys. One that is not known is called by its key. */
export function useMetricTypes(): (key: string) => { name: string; unit: string } {
  const types = useQuery(metricTypesQuery()).data ?? [];
  const byKey = new Map(types.map((type) => [type.key, type]));
  return (key) => byKey.get(key) ?? { name: key, unit: "" };
}
