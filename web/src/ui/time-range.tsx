import { Popover } from "@base-ui/react/popover";
import { Calendar, ChevronDown } from "lucide-react";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { cx } from "~/lib/class.ts";
import { type Preset, presets, type Range, rangeOf, resolveRange } from "~/lib/range.ts";
import { Button, buttonClass } from "./button.tsx";
import { inputClass } from "./field.tsx";
import { itemClass, popupClass } from "./menu.tsx";

/** Chooses a time range: one that ends now, or from one instant to another. The page keeps it in its URL. */
export function TimeRange({
  value,
  fallback,
  onChange,
}: {
  value: Range;
  /** What is shown when the URL says nothing. */
  fallback: Preset;
  onChange: (range: Range) => void;
}) {
  const { t, i18n } = useTranslation();
  const [open, setOpen] = useState(false);
  const custom = value.from !== undefined && value.to !== undefined;
  const format = new Intl.DateTimeFormat(i18n.language, { dateStyle: "medium", timeStyle: "short" });
  const { from, to } = resolveRange(value, fallback, 0);
  const label = custom ? format.formatRange(from, to) : t(`range.${value.range ?? fallback}`);
  const choose = (range: Range) => {
    onChange({ range: undefined, from: undefined, to: undefined, ...range });
    setOpen(false);
  };
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger
        aria-label={`${t("range.label")}: ${label}`}
        className={cx(buttonClass(), "max-w-full font-normal")}
      >
        <Calendar aria-hidden className="text-ink-3" />
        <span className="truncate">{label}</span>
        <ChevronDown aria-hidden className="text-ink-3" />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner sideOffset={4} align="end" className="z-50">
          <Popover.Popup aria-label={t("range.label")} className={cx(popupClass, "w-64 p-1")}>
            {(Object.keys(presets) as Preset[]).map((preset) => (
              <button
                key={preset}
                type="button"
                aria-pressed={!custom && (value.range ?? fallback) === preset}
                onClick={() => choose({ range: preset })}
                className={cx(itemClass, "hover:bg-hover aria-pressed:font-semibold")}
              >
                {t(`range.${preset}`)}
              </button>
            ))}
            <Custom value={value} fallback={fallback} onApply={choose} />
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Custom({
  value,
  fallback,
  onApply,
}: {
  value: Range;
  fallback: Preset;
  onApply: (range: Range) => void;
}) {
  const { t } = useTranslation();
  const id = useId();
  const [span, setSpan] = useState(() => {
    const { from, to } = resolveRange(value, fallback, Date.now());
    return { from: toLocal(from), to: toLocal(to) };
  });
  const from = Date.parse(span.from);
  const to = Date.parse(span.to);
  const wrong = !(from < to);
  return (
    <form
      className="mt-1 flex flex-col gap-2 border-t p-2"
      onSubmit={(event) => {
        event.preventDefault();
        if (!wrong) onApply(rangeOf({ from, to }));
      }}
    >
      {(["from", "to"] as const).map((end) => (
        <div key={end}>
          <label htmlFor={`${id}-${end}`} className="text-ink-2 text-xs">
            {t(`range.${end}`)}
          </label>
          <input
            id={`${id}-${end}`}
            type="datetime-local"
            value={span[end]}
            onChange={(event) => setSpan({ ...span, [end]: event.target.value })}
            className={inputClass}
          />
        </div>
      ))}
      {wrong && <p className="text-critical text-xs">{t("range.order")}</p>}
      <p className="text-ink-3 text-xs">
        {t("range.zone", { zone: Intl.DateTimeFormat().resolvedOptions().timeZone })}
      </p>
      <Button type="submit" look="primary" disabled={wrong}>
        {t("range.apply")}
      </Button>
    </form>
  );
}

/** Writes an instant as `datetime-local` has it, in the viewer's zone. */
function toLocal(instant: number): string {
  const date = new Date(instant - new Date(instant).getTimezoneOffset() * 60_000);
  return date.toISOString().slice(0, 16);
}
