import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import { withUnit } from "~/lib/number.ts";
import { useDepartmentNames } from "./known.ts";
import type { Metric } from "./sentence.ts";
import { stepName } from "./use-change.ts";

type Event = Schemas["TimelineEvent"];
type Severity = Schemas["Severity"];

/** Says what an entry of the history tells, in words that follow the name of who did it. */
export function useEventText(
  incident: Pick<Schemas["Incident"], "opening_value">,
  metric: Metric,
): (event: Event) => string {
  const { t, i18n } = useTranslation(["incident", "common"]);
  const departmentName = useDepartmentNames();
  const { unit } = metric;
  const { opening_value } = incident;
  return useCallback(
    (event) => {
      const { kind, actor, old_value, new_value } = event;
      const value = (text: string | null | undefined) => withUnit(Number(text), unit, i18n.language);
      const department = (id: string | null | undefined) =>
        departmentName(id ?? "") ?? t("event.otherDepartment");
      const severity = (name: string | null | undefined) => t(`common:severity.${name as Severity}`);
      switch (kind) {
        case "CREATED":
          return t("event.opened", { value: withUnit(opening_value, unit, i18n.language) });
        case "STATUS_CHANGED":
          return t(`event.status.${stepName(old_value, new_value)}`);
        case "SEVERITY_CHANGED":
          return t("event.severity", { from: severity(old_value), to: severity(new_value) });
        case "ASSIGNED":
          if (!new_value) return t("event.unassigned", { name: old_value ?? "" });
          return new_value === actor ? t("event.tookOn") : t("event.assigned", { name: new_value });
        case "DEPARTMENT_CHANGED":
          return t("event.department", { from: department(old_value), to: department(new_value) });
        case "COMMENT_ADDED":
          return t("event.commented");
        case "COMMENT_DELETED":
          return t("event.commentDeleted");
        case "RECOVERED":
          return t("event.recovered", { value: value(new_value) });
        case "VIOLATED_AGAIN":
          return t("event.violatedAgain", { value: value(new_value) });
      }
    },
    [t, i18n.language, unit, opening_value, departmentName],
  );
}
