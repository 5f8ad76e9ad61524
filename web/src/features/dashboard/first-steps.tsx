import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Check } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { departmentsQuery } from "~/api/queries/departments.ts";
import { incidentsQuery } from "~/api/queries/incidents.ts";
import { latestQuery } from "~/api/queries/metrics.ts";
import { rulesQuery } from "~/api/queries/rules.ts";
import { OWN_SERVICE, servicesQuery } from "~/api/queries/services.ts";
import { cx } from "~/lib/class.ts";
import { pointCommand } from "~/lib/curl.ts";
import { readStored, writeStored } from "~/lib/stored.ts";
import { Button, buttonClass } from "~/ui/button.tsx";
import { Card } from "~/ui/card.tsx";
import { Snippet } from "~/ui/state.tsx";
import { violating } from "./violating.ts";

const KEY = "tracely.first-steps";

type New = (thing: "service" | "department") => void;

/** Leads from an empty installation to the first incident; gone as soon as there is one, or when it is hidden. */
export function FirstSteps({ onNew }: { onNew: New }) {
  const [hidden, setHidden] = useState(() => readStored(KEY) === "hidden");
  const incidents = useQuery({ ...incidentsQuery({ limit: 1 }), enabled: !hidden }).data?.meta.total;
  if (hidden || incidents !== 0) return null;
  const hide = () => {
    writeStored(KEY, "hidden");
    setHidden(true);
  };
  return <Steps onNew={onNew} onHide={hide} />;
}

function Steps({ onNew, onHide }: { onNew: New; onHide: () => void }) {
  const { t } = useTranslation("dashboard");
  const services = useQuery(servicesQuery({ limit: 2, sort_by: "created_at", sort_dir: "asc" })).data?.data;
  const service = services?.find((each) => each.key !== OWN_SERVICE);
  const departments = useQuery(departmentsQuery({ limit: 1 })).data?.meta.total;
  const rule = useQuery(rulesQuery({ limit: 1, enabled: true })).data?.data[0];
  const points = useQuery({
    ...latestQuery({ service: service ? [service.key] : [], limit: 1 }),
    enabled: service !== undefined,
  }).data?.meta.total;
  if (!services || departments === undefined) return null;
  const command = pointCommand(location.origin, {
    service: service?.key ?? "my-service",
    metric_type: rule?.metric_type ?? "LATENCY_MS",
    value: rule ? violating(rule.operator, rule.threshold) : 120,
  });
  return (
    <Card
      title={t("steps.title")}
      aside={
        <Button size="sm" look="ghost" onClick={onHide}>
          {t("steps.hide")}
        </Button>
      }
    >
      <p className="mb-4 text-ink-2">{t("steps.intro")}</p>
      <ol className="flex flex-col gap-4">
        <Step
          number={1}
          name={t("steps.service")}
          hint={t("steps.serviceHint")}
          done={service !== undefined}
          action={<Button onClick={() => onNew("service")}>{t("steps.serviceAction")}</Button>}
        />
        <Step
          number={2}
          name={t("steps.department")}
          hint={t("steps.departmentHint")}
          done={departments > 0}
          action={<Button onClick={() => onNew("department")}>{t("steps.departmentAction")}</Button>}
        />
        <Step
          number={3}
          name={t("steps.rule")}
          hint={t("steps.ruleHint")}
          done={rule !== undefined}
          action={
            <Link to="/rules/new" className={buttonClass()}>
              {t("steps.ruleAction")}
            </Link>
          }
        />
        <Step
          number={4}
          name={t("steps.point")}
          hint={rule ? t("steps.pointHintRule", { rule: rule.name }) : t("steps.pointHint")}
          done={points !== undefined && points > 0}
        >
          <Snippet code={command} label={t("steps.command")} />
        </Step>
      </ol>
    </Card>
  );
}

function Step({
  number,
  name,
  hint,
  done,
  action,
  children,
}: {
  number: number;
  name: string;
  hint: string;
  done: boolean;
  action?: ReactNode;
  children?: ReactNode;
}) {
  const { t } = useTranslation("dashboard");
  return (
    <li className="flex gap-3">
      <span
        aria-hidden
        className={cx(
          "tabular grid size-6 shrink-0 place-items-center rounded-full border font-semibold text-xs",
          done ? "border-transparent bg-good-soft text-good" : "border-line-strong text-ink-2",
        )}
      >
        {done ? <Check className="size-4" /> : number}
      </span>
      <div className="flex min-w-0 flex-1 flex-wrap items-start justify-between gap-x-4 gap-y-2">
        <div className="min-w-0">
          <h3 className={cx("font-medium", done && "text-ink-3")}>
            <span className="sr-only">{t(done ? "steps.done" : "steps.toDo", { step: name })}</span>
            <span aria-hidden>{name}</span>
          </h3>
          {(!done || children) && <p className="foreign text-ink-2 text-sm">{hint}</p>}
        </div>
        {!done && action}
        {children && <div className="w-full">{children}</div>}
      </div>
    </li>
  );
}
