import { Menu as Base } from "@base-ui/react/menu";
import { Check } from "lucide-react";
import type { ReactElement, ReactNode } from "react";
import { cx } from "~/lib/class.ts";
import { itemClass, popupClass } from "./popup-class.ts";

/** A menu that opens from a button. */
export function Menu({
  trigger,
  children,
  align = "end",
  defaultOpen = false,
}: {
  trigger: ReactElement<Record<string, unknown>>;
  children: ReactNode;
  align?: "start" | "end";
  /** Whether it is open from the start, as when it was loaded by the click that opens it. */
  defaultOpen?: boolean;
}) {
  return (
    <Base.Root defaultOpen={defaultOpen}>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner sideOffset={4} align={align} className="z-50">
          <Base.Popup
            className={cx(
              popupClass,
              "max-h-[min(28rem,var(--available-height))] min-w-44 overflow-y-auto p-1",
            )}
          >
            {children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

/** Something to do. */
export function MenuItem({
  children,
  onClick,
  disabled,
  danger,
}: {
  children: ReactNode;
  onClick: () => void;
  disabled?: boolean;
  danger?: boolean;
}) {
  return (
    <Base.Item
      className={cx(itemClass, danger && "text-critical")}
      onClick={onClick}
      disabled={disabled ?? false}
    >
      {children}
    </Base.Item>
  );
}

/** Something to switch on or off; the menu stays open. */
export function MenuCheck({
  children,
  checked,
  onChange,
  disabled,
}: {
  children: ReactNode;
  checked: boolean;
  onChange: (checked: boolean) => void;
  disabled?: boolean;
}) {
  return (
    <Base.CheckboxItem
      className={itemClass}
      checked={checked}
      onCheckedChange={onChange}
      disabled={disabled ?? false}
    >
      <span className="grid size-4 place-items-center">
        <Base.CheckboxItemIndicator>
          <Check aria-hidden />
        </Base.CheckboxItemIndicator>
      </span>
      {children}
    </Base.CheckboxItem>
  );
}

/** One of several choices. */
export function MenuChoices<T extends string>({
  value,
  choices,
  onChange,
}: {
  value: T | null;
  choices: readonly (readonly [value: T, label: ReactNode])[];
  onChange: (value: T) => void;
}) {
  return (
    <Base.RadioGroup value={value} onValueChange={onChange}>
      {choices.map(([each, label]) => (
        <Base.RadioItem key={each} value={each} className={itemClass} closeOnClick>
          <span className="grid size-4 place-items-center">
            <Base.RadioItemIndicator>
              <Check aria-hidden />
            </Base.RadioItemIndicator>
          </span>
          {label}
        </Base.RadioItem>
      ))}
    </Base.RadioGroup>
  );
}

/** A line with a heading between groups of a menu. */
export function MenuGroup({ label, children }: { label: string; children: ReactNode }) {
  return (
    <Base.Group className="not-first:mt-1 not-first:border-t not-first:pt-1">
      <Base.GroupLabel className="px-2 py-1 text-ink-3 text-xs">{label}</Base.GroupLabel>
      {children}
    </Base.Group>
  );
}
