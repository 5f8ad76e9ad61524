import { Field as Base } from "@base-ui/react/field";
import { Select as BaseSelect } from "@base-ui/react/select";
import { Switch as BaseSwitch } from "@base-ui/react/switch";
import { Check, ChevronDown } from "lucide-react";
import type { ComponentProps, ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { cx } from "~/lib/class.ts";
import { inputClass } from "./input-class.ts";
import { itemClass, popupClass } from "./popup-class.ts";

export { inputClass } from "./input-class.ts";

/** A labelled control with its hint and the server's or the form's word on what is wrong. */
export function Field({
  label,
  hint,
  error,
  optional,
  children,
  className,
}: {
  label: ReactNode;
  hint?: ReactNode;
  error?: string | undefined;
  optional?: boolean;
  children: ReactNode;
  className?: string;
}) {
  const { t } = useTranslation();
  return (
    <Base.Root invalid={error !== undefined} className={cx("flex min-w-0 flex-col gap-1", className)}>
      <Base.Label className="font-medium text-sm">
        {label}
        {optional && <span className="ml-1 font-normal text-ink-3">({t("field.optional")})</span>}
      </Base.Label>
      {children}
      {hint && <Base.Description className="text-ink-3 text-xs">{hint}</Base.Description>}
      {error !== undefined && (
        <Base.Error match className="foreign text-critical text-xs">
          {error}
        </Base.Error>
      )}
    </Base.Root>
  );
}

/** A line of text inside a `Field`. */
export function Input({ className, ...props }: ComponentProps<typeof Base.Control>) {
  return <Base.Control {...props} className={cx(inputClass, className)} />;
}

/** Several lines of text inside a `Field`. */
export function TextArea({ className, rows = 3, ...props }: ComponentProps<"textarea">) {
  return (
    <Base.Control
      render={<textarea rows={rows} {...props} />}
      className={cx(inputClass, "h-auto resize-y py-1.5 leading-relaxed", className)}
    />
  );
}

/** One of few choices. Inside a `Field` it takes the label from there, else give it one. */
export function Select<T extends string>({
  value,
  choices,
  onChange,
  label,
  placeholder,
  className,
  disabled,
}: {
  value: T | null;
  choices: readonly (readonly [value: T, label: ReactNode])[];
  onChange: (value: T) => void;
  label?: string;
  placeholder?: string;
  className?: string;
  disabled?: boolean;
}) {
  const shown = new Map(choices);
  return (
    <BaseSelect.Root
      value={value}
      onValueChange={(next) => next !== null && onChange(next as T)}
      disabled={disabled ?? false}
      modal={false}
    >
      <BaseSelect.Trigger
        aria-label={label}
        className={cx(
          inputClass,
          "flex items-center justify-between gap-2 text-left hover:bg-hover",
          className,
        )}
      >
        <BaseSelect.Value className="min-w-0 truncate">
          {(current: T | null) =>
            current === null ? <span className="text-ink-3">{placeholder}</span> : shown.get(current)
          }
        </BaseSelect.Value>
        <ChevronDown aria-hidden className="size-4 shrink-0 text-ink-3" />
      </BaseSelect.Trigger>
      <BaseSelect.Portal>
        <BaseSelect.Positioner sideOffset={4} alignItemWithTrigger={false} className="z-50">
          <BaseSelect.Popup
            className={cx(
              popupClass,
              "max-h-[min(24rem,var(--available-height))] min-w-(--anchor-width) overflow-y-auto p-1",
            )}
          >
            {choices.map(([each, text]) => (
              <BaseSelect.Item key={each} value={each} className={itemClass}>
                <span className="grid size-4 place-items-center">
                  <BaseSelect.ItemIndicator>
                    <Check aria-hidden />
                  </BaseSelect.ItemIndicator>
                </span>
                <BaseSelect.ItemText>{text}</BaseSelect.ItemText>
              </BaseSelect.Item>
            ))}
          </BaseSelect.Popup>
        </BaseSelect.Positioner>
      </BaseSelect.Portal>
    </BaseSelect.Root>
  );
}

/** A switch with its word beside it, or with a label that is only read aloud. */
export function Switch({
  checked,
  onChange,
  label,
  hideLabel,
  disabled,
}: {
  checked: boolean;
  onChange: (checked: boolean) => void;
  label: string;
  hideLabel?: boolean;
  disabled?: boolean;
}) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the switch inside is the control
    <label className="inline-flex items-center gap-2 text-sm">
      <BaseSwitch.Root
        checked={checked}
        onCheckedChange={onChange}
        disabled={disabled ?? false}
        aria-label={label}
        className="inline-flex h-5 w-9 shrink-0 items-center rounded-full border border-line-strong bg-sunken p-0.5 transition-colors data-checked:border-accent data-checked:bg-accent"
      >
        <BaseSwitch.Thumb className="size-3.5 rounded-full bg-line-strong transition-transform data-checked:translate-x-4 data-checked:bg-accent-ink" />
      </BaseSwitch.Root>
      {!hideLabel && label}
    </label>
  );
}
