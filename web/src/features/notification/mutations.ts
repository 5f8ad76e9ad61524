import { type QueryClient, useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, body, type Schemas } from "~/api/client.ts";
import { errorText, hasStatus } from "~/api/problem.ts";
import { unreadQuery } from "~/api/queries/notifications.ts";
import { toast } from "~/ui/toast.tsx";

type Notification = Schemas["Notification"];
type InboxPage = { data: Notification[]; meta: Schemas["Meta"] };

/** Marks a notification read or unread: shown at once, taken back with a word when the server refuses. */
export function useMark() {
  const { t } = useTranslation("notification");
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ notification: { id }, read }: { notification: Notification; read: boolean }) =>
      read
        ? api.POST("/notifications/{id}/read", { params: { path: { id } } })
        : api.POST("/notifications/{id}/unread", { params: { path: { id } } }),
    onMutate: async ({ notification, read }) => {
      await client.cancelQueries({ queryKey: ["notifications"] });
      if (notification.is_read !== read) show(client, notification.id, read);
    },
    onError: (error, { notification, read }) => {
      if (notification.is_read !== read) show(client, notification.id, !read);
      toast(t("notMarked"), { kind: "error", detail: errorText(error) });
    },
    onSettled: () => client.invalidateQueries({ queryKey: ["notifications"] }),
  });
}

function show(client: QueryClient, id: string, read: boolean): void {
  client.setQueriesData<InboxPage>(
    { queryKey: ["notifications", "list"] },
    (page) =>
      page && {
        ...page,
        data: page.data.map((each) => (each.id === id ? { ...each, is_read: read } : each)),
      },
  );
  client.setQueryData(unreadQuery().queryKey, (count) =>
    count === undefined ? count : Math.max(0, count + (read ? -1 : 1)),
  );
}

/** Marks everything read that is in the inboxes of the departments, of all when none is named. */
export function useMarkAll() {
  const { t } = useTranslation("notification");
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (departmentIds: string[] | undefined) =>
      body(await api.POST("/notifications/read-all", { params: { query: { department_id: departmentIds } } }))
        .data.marked,
    onSuccess: (marked) => {
      toast(marked === 0 ? t("noneMarked") : t("marked", { count: marked }));
      return client.invalidateQueries({ queryKey: ["notifications"] });
    },
    onError: (error) => toast(t("notMarked"), { kind: "error", detail: errorText(error) }),
  });
}

/** Takes an incident on. Who comes too late is told kindly. */
export function useAcknowledge() {
  const { t } = useTranslation(["notification", "common"]);
  const client = useQueryClient();
  return useMutation({
    mutationFn: (incident: Schemas["Incident"]) =>
      api.PATCH("/incidents/{id}", {
        params: { path: { id: incident.id }, header: { "If-Match": `"${incident.version}"` } },
        body: { status: "IN_PROGRESS" },
      }),
    onSuccess: (_, incident) => toast(t("acknowledged", { key: incident.key })),
    onError: (error, incident) =>
      toast(t("notAcknowledged", { key: incident.key }), {
        kind: "error",
        detail: hasStatus(error, 412) ? t("common:error.conflict") : errorText(error),
      }),
    onSettled: () => client.invalidateQueries({ queryKey: ["incidents"] }),
  });
}
