import { type QueryClient, useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, body, type Schemas } from "~/api/client.ts";
import { errorText } from "~/api/problem.ts";
import type { rulesQuery } from "~/api/queries/rules.ts";
import { ruleQuery } from "~/api/queries/rules.ts";
import { toast } from "~/ui/toast.tsx";

type Rule = Schemas["Rule"];
type RulePage = Awaited<ReturnType<NonNullable<ReturnType<typeof rulesQuery>["queryFn"]>>>;

/** Turns a rule on or off: shown at once, taken back with a word when the server refuses. */
export function useEnable() {
  const { t } = useTranslation("rule");
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ rule, enabled }: { rule: Rule; enabled: boolean }) =>
      api.PATCH("/rules/{id}", { params: { path: { id: rule.id } }, body: { enabled } }),
    onMutate: async ({ rule, enabled }) => {
      await client.cancelQueries({ queryKey: ["rules"] });
      showEnabled(client, rule.id, enabled);
    },
    onSuccess: (_, { rule, enabled }) =>
      toast(t(enabled ? "list.turnedOn" : "list.turnedOff", { name: rule.name })),
    onError: (error, { rule, enabled }) => {
      showEnabled(client, rule.id, !enabled);
      toast(t("list.notTurned", { name: rule.name }), { kind: "error", detail: errorText(error) });
    },
    onSettled: () => client.invalidateQueries({ queryKey: ["rules"] }),
  });
}

function showEnabled(client: QueryClient, id: string, enabled: boolean): void {
  const turned = (rule: Rule) => (rule.id === id ? { ...rule, enabled } : rule);
  client.setQueriesData<RulePage>(
    { queryKey: ["rules", "list"] },
    (page) => page && { ...page, data: page.data.map(turned) },
  );
  client.setQueryData(ruleQuery(id).queryKey, (rule) => rule && turned(rule));
}

/** Deletes a rule. */
export function useDelete(onDeleted?: () => void) {
  const { t } = useTranslation("rule");
  const client = useQueryClient();
  return useMutation({
    mutationFn: (rule: Rule) => api.DELETE("/rules/{id}", { params: { path: { id: rule.id } } }),
    onSuccess: (_, rule) => {
      toast(t("delete.done", { name: rule.name }));
      onDeleted?.();
      return client.invalidateQueries({ queryKey: ["rules", "list"] });
    },
    onError: (error, rule) =>
      toast(t("delete.failed", { name: rule.name }), { kind: "error", detail: errorText(error) }),
  });
}

/** Makes a rule, or changes the one with the id. The form shows what the server objects to. */
export function useSave(id: string | undefined) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (request: Schemas["RulePatch"]) => {
      const answer =
        id === undefined
          ? // What is missing is for the server to say.
            await api.POST("/rules", { body: request as Schemas["RuleRequest"] })
          : await api.PATCH("/rules/{id}", { params: { path: { id } }, body: request });
      return body(answer).data;
    },
    onSuccess: (rule) => {
      client.setQueryData(ruleQuery(rule.id).queryKey, rule);
      client.invalidateQueries({ queryKey: ["rules"] });
    },
  });
}
