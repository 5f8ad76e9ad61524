import { useQuery } from "@tanstack/react-query";
import { standingQueries } from "./queries.ts";
import type { Standing } from "./sentence.ts";

/** How everything stands: undefined while it is loading, null when it cannot be told. */
export function useStanding(): Standing | undefined | null {
  const services = useQuery(standingQueries.services);
  const rules = useQuery(standingQueries.rules);
  const troubled = useQuery(standingQueries.troubled);
  if (services.isError || rules.isError || troubled.isError) return null;
  if (!services.data || !rules.data || !troubled.data) return undefined;
  const first = troubled.data.data[0];
  return {
    services: services.data.meta.total,
    rules: rules.data.meta.total,
    troubled: troubled.data.meta.total,
    worst:
      first?.severity && first.since
        ? { name: first.service.name, severity: first.severity, since: first.since }
        : undefined,
  };
}
