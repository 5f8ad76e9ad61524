import { Plus, X } from "lucide-react";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import { cx } from "~/lib/class.ts";
import { Button, IconButton } from "~/ui/button.tsx";
import { inputClass, Select } from "~/ui/field.tsx";
import type { Messages } from "./messages.ts";

type Matcher = Schemas["LabelMatcher"];

const operators = ["=", "!=", "=~", "!~"] as const;
/** The most conditions that a rule may have. */
const MOST_LABELS = 16;

/** Conditions on labels. A rule without any shows only the way to the first one. */
export function Labels({
  labels,
  onChange,
  messages,
}: {
  labels: readonly Matcher[];
  onChange: (labels: Matcher[]) => void;
  messages: Messages;
}) {
  const { t } = useTranslation("rule");
  const id = useId();
  const add = () => {
    onChange([...labels, { name: "", operator: "=", value: "" }]);
    requestAnimationFrame(() => document.getElementById(`${id}-name-${labels.length}`)?.focus());
  };
  const set = (index: number, fields: Partial<Matcher>) =>
    onChange(labels.map((each, at) => (at === index ? { ...each, ...fields } : each)));
  if (labels.length === 0) {
    return (
      <Button look="ghost" size="sm" className="-ml-2 -mt-2 self-start" onClick={add}>
        <Plus aria-hidden />
        {t("labels.add")}
      </Button>
    );
  }
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1 font-medium text-sm">{t("labels.heading")}</legend>
      {labels.map((label, index) => {
        const message = messages.get(`labels/${index}`);
        const number = index + 1;
        const shared = {
          "aria-invalid": message !== undefined,
          "aria-describedby": message === undefined ? undefined : `${id}-wrong-${index}`,
        };
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a condition is its place; its fields hold no state
          <div key={index} className="flex flex-col gap-1">
            <div className="flex flex-wrap items-center gap-2 sm:flex-nowrap">
              <input
                {...shared}
                id={`${id}-name-${index}`}
                aria-label={t("labels.name", { number })}
                placeholder={t("labels.namePlaceholder")}
                value={label.name}
                onChange={(event) => set(index, { name: event.target.value })}
                className={cx(inputClass, "flex-1 basis-24")}
              />
              <span className="w-32 shrink-0">
                <Select
                  label={t("labels.operator", { number })}
                  value={label.operator}
                  choices={operators.map((each) => [each, `${each} ${t(`labels.${each}`)}`] as const)}
                  onChange={(operator) => set(index, { operator })}
                />
              </span>
              <input
                {...shared}
                aria-label={t("labels.value", { number })}
                placeholder={t("labels.valuePlaceholder")}
                value={label.value}
                onChange={(event) => set(index, { value: event.target.value })}
                className={cx(inputClass, "flex-1 basis-24")}
              />
              <IconButton
                label={t("labels.remove", { number })}
                onClick={() => onChange(labels.filter((_, at) => at !== index))}
              >
                <X aria-hidden />
              </IconButton>
            </div>
            {message !== undefined && (
              <p id={`${id}-wrong-${index}`} className="foreign text-critical text-xs">
                {message}
              </p>
            )}
          </div>
        );
      })}
      {messages.has("labels") && <p className="foreign text-critical text-xs">{messages.get("labels")}</p>}
      <div className="flex flex-wrap items-center justify-between gap-2">
        <Button
          look="ghost"
          size="sm"
          onClick={add}
          disabled={labels.length >= MOST_LABELS}
          title={labels.length >= MOST_LABELS ? t("labels.most", { count: MOST_LABELS }) : undefined}
        >
          <Plus aria-hidden />
          {t("labels.addAnother")}
        </Button>
        <p className="text-ink-3 text-xs">{t("labels.hint")}</p>
      </div>
    </fieldset>
  );
}
