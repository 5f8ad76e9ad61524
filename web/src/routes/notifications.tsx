import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { MOST } from "~/api/client.ts";
import { departmentsQuery } from "~/api/queries/departments.ts";
import { notificationsQuery } from "~/api/queries/notifications.ts";
import { Inbox } from "~/features/notification/inbox.tsx";
import { inboxParams, inboxSchema } from "~/features/notification/search.ts";

export const Route = createFileRoute("/notifications")({
  staticData: { crumb: "notifications" },
  validateSearch: inboxSchema,
  loaderDeps: ({ search }) => inboxParams(search),
  loader: ({ context: { queryClient }, deps }) => {
    queryClient.prefetchQuery(notificationsQuery(deps));
    queryClient.prefetchQuery(departmentsQuery({ limit: MOST }));
  },
  component: Notifications,
});

function Notifications() {
  const search = Route.useSearch();
  const navigate = useNavigate({ from: Route.fullPath });
  return (
    <Inbox
      search={search}
      onChange={(next) => navigate({ search: next, resetScroll: false })}
      onSelect={(selected) =>
        navigate({ search: { ...search, selected }, replace: true, resetScroll: false })
      }
    />
  );
}
