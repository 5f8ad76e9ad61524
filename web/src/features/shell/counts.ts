import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { incidentsQuery } from "~/api/queries/incidents.ts";
import { unreadQuery } from "~/api/queries/notifications.ts";
import { setBadge } from "~/lib/badge.ts";

/** The numbers beside the places of the rail. */
export function useCounts(): Partial<Record<string, number>> {
  const unread = useQuery(unreadQuery()).data ?? 0;
  const live = useQuery(incidentsQuery({ status: ["OPEN", "IN_PROGRESS"], limit: 1 })).data?.meta.total ?? 0;
  useEffect(() => setBadge(unread), [unread]);
  return { notifications: unread, incidents: live };
}
