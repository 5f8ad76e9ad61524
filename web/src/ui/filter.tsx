import { Combobox } from "@base-ui/react/combobox";
import { Check, ChevronDown, X } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { cx } from "~/lib/class.ts";
import { buttonClass } from "./button.tsx";
import { inputClass } from "./input-class.ts";
import { itemClass, popupClass } from "./popup-class.ts";

/** Something that can be chosen. */
export type Choice = { value: string; label: string; icon?: ReactNode };

type Shared = {
  name: string;
  choices: readonly Choice[];
  /** Given when the server searches: called with what was typed. */
  onSearch?: (text: string) => void;
};

const byValue = (a: Choice, b: Choice) => a.value === b.value;

/** A button that filters by several values, as in "Severity: Critical, High". With many choices they can be searched. */
export function FilterSelect({
  name,
  choices,
  values,
  onChange,
  onSearch,
  text,
}: Shared & {
  values: readonly string[];
  onChange: (values: string[]) => void;
  /** What the button says instead of name and values, e.g. inside a sentence. */
  text?: string;
}) {
  const { t } = useTranslation();
  const [known, setKnown] = useState(new Map<string, Choice>());
  const all = new Map([...known, ...choices.map((choice) => [choice.value, choice] as const)]);
  const chosen = values.map((value) => all.get(value) ?? { value, label: value });
  const search = onSearch !== undefined || choices.length > 7;
  const summary =
    chosen.length === 0
      ? null
      : chosen.length <= 2
        ? chosen.map((choice) => choice.label).join(", ")
        : t("filter.count", { count: chosen.length });
  return (
    <Combobox.Root
      multiple
      items={choices as Choice[]}
      value={chosen}
      isItemEqualToValue={byValue}
      filter={onSearch ? null : undefined}
      onInputValueChange={(text, details) => {
        if (details.isItemPress) details.cancel();
        else onSearch?.(text);
      }}
      onValueChange={(next) => {
        setKnown(new Map(next.map((choice) => [choice.value, choice])));
        onChange(next.map((choice) => choice.value));
      }}
    >
      <span className="inline-flex max-w-full">
        <Combobox.Trigger
          aria-label={(text ?? summary) ? `${name}: ${text ?? summary}` : name}
          className={cx(
            buttonClass("secondary"),
            "min-w-0 font-normal",
            text && "border-line-strong",
            chosen.length > 0 && "rounded-r-none border-accent",
          )}
        >
          <span className={cx("truncate", chosen.length === 0 && !text && "text-ink-2")}>
            {text ?? name}
            {summary && !text && <span className="font-medium">: {summary}</span>}
          </span>
          {chosen.length === 0 && <ChevronDown aria-hidden className="text-ink-3" />}
        </Combobox.Trigger>
        {chosen.length > 0 && (
          <button
            type="button"
            aria-label={`${t("action.clear")}: ${name}`}
            onClick={() => onChange([])}
            className={cx(buttonClass("secondary"), "-ml-px rounded-l-none border-accent px-1.5")}
          >
            <X aria-hidden />
          </button>
        )}
      </span>
      <Popup name={name} search={search} />
    </Combobox.Root>
  );
}

/** A field that takes one of many, found by typing. Inside a `Field` it takes the label from there. */
export function Picker({
  name,
  choices,
  value,
  onChange,
  onSearch,
  placeholder,
  className,
}: Shared & {
  value: Choice | null;
  onChange: (choice: Choice) => void;
  placeholder?: string;
  className?: string;
}) {
  return (
    <Combobox.Root
      items={choices as Choice[]}
      value={value}
      isItemEqualToValue={byValue}
      filter={onSearch ? null : undefined}
      onInputValueChange={(text) => onSearch?.(text)}
      onValueChange={(next) => next && onChange(next)}
    >
      <Combobox.Trigger
        aria-label={name}
        className={cx(
          inputClass,
          "flex items-center justify-between gap-2 text-left hover:bg-hover",
          className,
        )}
      >
        <span className={cx("min-w-0 truncate", !value && "text-ink-3")}>
          {value?.label ?? placeholder ?? name}
        </span>
        <ChevronDown aria-hidden className="size-4 shrink-0 text-ink-3" />
      </Combobox.Trigger>
      <Popup name={name} search />
    </Combobox.Root>
  );
}

function Popup({ name, search }: { name: string; search: boolean }) {
  const { t } = useTranslation();
  return (
    <Combobox.Portal>
      <Combobox.Positioner sideOffset={4} align="start" className="z-50">
        <Combobox.Popup aria-label={name} className={cx(popupClass, "w-72 max-w-[calc(100vw-2rem)]")}>
          <div className={search ? "border-b p-1.5" : "sr-only"}>
            <Combobox.Input
              aria-label={t("filter.searchIn", { name })}
              placeholder={t("word.search")}
              className={inputClass}
            />
          </div>
          <Combobox.Empty>
            <div className="px-3 py-3 text-ink-3">{t("filter.nothing")}</div>
          </Combobox.Empty>
          <Combobox.List className="max-h-[min(20rem,var(--available-height))] overflow-y-auto p-1 data-empty:p-0">
            {(choice: Choice) => (
              <Combobox.Item key={choice.value} value={choice} className={itemClass}>
                <span className="grid size-4 place-items-center">
                  <Combobox.ItemIndicator>
                    <Check aria-hidden />
                  </Combobox.ItemIndicator>
                </span>
                {choice.icon}
                <span className="foreign min-w-0">{choice.label}</span>
              </Combobox.Item>
            )}
          </Combobox.List>
        </Combobox.Popup>
      </Combobox.Positioner>
    </Combobox.Portal>
  );
}
