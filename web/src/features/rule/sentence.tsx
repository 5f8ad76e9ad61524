import { Field } from "@base-ui/react/field";
import { NumberField } from "@base-ui/react/number-field";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import { MOST } from "~/api/client.ts";
import { servicesQuery } from "~/api/queries/services.ts";
import { cx } from "~/lib/class.ts";
import { inputClass, Select } from "~/ui/field.tsx";
import { FilterSelect, Picker } from "~/ui/filter.tsx";
import { SeverityIcon, severities } from "~/ui/severity.tsx";
import type { Changes, Draft } from "./draft.ts";
import type { Messages } from "./messages.ts";
import { namesOf, useDepartments, useServices } from "./names.ts";
import { piecesOf, scopeText } from "./words.ts";

const operators = [">", ">=", "<", "<=", "==", "!="] as const;

type Props = {
  draft: Draft;
  onChange: (changes: Changes) => void;
  messages: Messages;
  metricTypes: readonly Schemas["MetricType"][];
};

/** The rule as a sentence to fill in, in the word order of the language. */
export function Sentence(props: Props) {
  const { t } = useTranslation("rule");
  const slots: Record<string, ReactNode> = {
    metric: <MetricSlot {...props} />,
    services: <ServicesSlot {...props} />,
    operator: <OperatorSlot {...props} />,
    threshold: <ThresholdSlot {...props} />,
    severity: <SeveritySlot {...props} />,
    department: <DepartmentSlot {...props} />,
  };
  return (
    <div className="flex flex-wrap items-center gap-x-2 gap-y-2.5 text-lg">
      {piecesOf(t("form.sentence")).map((piece) =>
        "slot" in piece ? (
          <Slot
            key={piece.slot}
            field={fieldOfSlot[piece.slot] ?? piece.slot}
            mark={piece.mark}
            messages={props.messages}
          >
            {slots[piece.slot]}
          </Slot>
        ) : (
          <span key={piece.text}>{piece.text}</span>
        ),
      )}
    </div>
  );
}

const fieldOfSlot: Record<string, keyof Draft> = {
  metric: "metric_type",
  services: "service_ids",
  department: "department_id",
};

/** A place of the sentence. What is wrong with it stands below the sentence, so that the words stay together. */
function Slot({
  field,
  mark,
  messages,
  children,
}: {
  field: string;
  /** The comma or full stop after it, which stays on its line. */
  mark: string;
  messages: Messages;
  children: ReactNode;
}) {
  const { t } = useTranslation("rule");
  const message = messages.get(field);
  const name = names[field];
  return (
    <Field.Root invalid={message !== undefined} className="contents">
      <span className="inline-flex min-w-0 max-w-full items-center">
        {children}
        {mark}
      </span>
      {message !== undefined && (
        <Field.Error match className="foreign order-1 basis-full text-critical text-sm">
          {name && `${t(`form.${name}`)}: `}
          {message}
        </Field.Error>
      )}
    </Field.Root>
  );
}

const names: Partial<
  Record<string, "metric" | "services" | "operator" | "threshold" | "severity" | "department">
> = {
  metric_type: "metric",
  service_ids: "services",
  operator: "operator",
  threshold: "threshold",
  severity: "severity",
  department_id: "department",
};

function MetricSlot({ draft, onChange, metricTypes }: Props) {
  const { t } = useTranslation("rule");
  const choices = metricTypes.map(({ key, name }) => ({ value: key, label: name }));
  const { metric_type: key } = draft;
  const value = choices.find((choice) => choice.value === key) ?? (key ? { value: key, label: key } : null);
  return (
    <Picker
      name={t("form.metric")}
      placeholder={t("form.pickMetric")}
      choices={choices}
      value={value}
      onChange={(choice) => onChange({ metric_type: choice.value })}
    />
  );
}

function ServicesSlot({ draft, onChange }: Props) {
  const { t } = useTranslation(["rule", "common"]);
  const [typed, setTyped] = useState("");
  const search = typed.trim().slice(0, 200);
  const page = useQuery(servicesQuery({ limit: MOST, ...(search ? { search } : {}) })).data;
  const chosen = draft.service_ids;
  const known = useServices(chosen);
  // What is chosen stays in the list, also when it is not among the first.
  const found = page?.data ?? [];
  const rest = search ? [] : [...known.values()].filter(({ id }) => chosen.includes(id));
  const listed = new Map([...rest, ...found].map((service) => [service.id, service]));
  return (
    <FilterSelect
      name={t("form.services")}
      text={chosen.length === 0 ? t("form.allServices") : scopeText(t, chosen, namesOf(known.values()))}
      choices={[...listed.values()].map(({ id, name }) => ({ value: id, label: name }))}
      values={chosen}
      onChange={(service_ids) => onChange({ service_ids })}
      onSearch={setTyped}
    />
  );
}

function OperatorSlot({ draft, onChange }: Props) {
  const { t } = useTranslation("rule");
  return (
    <Select
      label={t("form.operator")}
      value={draft.operator}
      choices={operators.map((operator) => [operator, t(`operator.${operator}`)] as const)}
      onChange={(operator) => onChange({ operator })}
    />
  );
}

function ThresholdSlot({ draft, onChange, metricTypes }: Props) {
  const { t, i18n } = useTranslation("rule");
  const unit = metricTypes.find(({ key }) => key === draft.metric_type)?.unit;
  return (
    <>
      <NumberField.Root
        value={draft.threshold}
        onValueChange={(threshold) => onChange({ threshold })}
        locale={i18n.language}
        step="any"
        format={{ maximumFractionDigits: 15 }}
        className="w-24"
      >
        <NumberField.Input
          aria-label={unit ? `${t("form.threshold")} (${unit})` : t("form.threshold")}
          placeholder="150"
          className={cx(inputClass, "tabular text-right")}
        />
      </NumberField.Root>
      {unit && (
        <span aria-hidden className="ml-1.5">
          {unit}
        </span>
      )}
    </>
  );
}

function SeveritySlot({ draft, onChange }: Props) {
  const { t } = useTranslation(["rule", "common"]);
  return (
    <Select
      label={t("form.severity")}
      value={draft.severity}
      choices={severities.map(
        (severity) =>
          [
            severity,
            <span key={severity} className="inline-flex items-center gap-1.5">
              <SeverityIcon severity={severity} />
              {t(`common:severity.${severity}`)}
            </span>,
          ] as const,
      )}
      onChange={(severity) => onChange({ severity })}
    />
  );
}

function DepartmentSlot({ draft, onChange }: Props) {
  const { t } = useTranslation("rule");
  const choices = useDepartments().map(({ id, name }) => ({ value: id, label: name }));
  return (
    <Picker
      name={t("form.department")}
      placeholder={t("form.pickDepartment")}
      choices={choices}
      value={choices.find((choice) => choice.value === draft.department_id) ?? null}
      onChange={(choice) => onChange({ department_id: choice.value })}
    />
  );
}
