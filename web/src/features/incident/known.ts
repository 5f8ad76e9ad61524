import { useQuery } from "@tanstack/react-query";
import { useCallback } from "react";
import { departmentsQuery } from "~/api/queries/departments.ts";
import { meQuery } from "~/api/queries/me.ts";
import { metricTypesQuery } from "~/api/queries/metrics.ts";
import type { Metric } from "./sentence.ts";

/** The name of who looks at the page; undefined until it is known. */
export function useMe(): string | undefined {
  return useQuery(meQuery()).data?.person;
}

/** Finds how a metric type is called and in what it is measured; its key stands in until that is known. */
export function useMetrics(): (key: string) => Metric {
  const types = useQuery(metricTypesQuery()).data;
  return (key) => types?.find((type) => type.key === key) ?? { name: key, unit: "" };
}

/** The departments that names are looked up in and that the first choices are of. */
export const someDepartments = () => departmentsQuery({ sort_by: "name", sort_dir: "asc", limit: 100 });

/** Finds the name of a department; undefined when it is not known, e.g. since it was deleted. */
export function useDepartmentNames(): (id: string) => string | undefined {
  const departments = useQuery(someDepartments()).data?.data;
  return useCallback((id) => departments?.find((department) => department.id === id)?.name, [departments]);
}
