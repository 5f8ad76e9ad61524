import { Popover } from "@base-ui/react/popover";
import { Calendar, ChevronDown } from "lucide-react";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { cx } from "~/lib/class.ts";
import { timeFormat } from "~/lib/format.ts";
import { isLive, type Preset, presets, type Range, rangeOf, resolveRange } from "~/lib/range.ts";
import { MINUTE } from "~/lib/time.ts";
import { Button, buttonClass } from "./button.tsx";
import { inputClass } from "./input-class.ts";
import { itemClass, popupClass } from "./popup-class.ts";

/** Chooses a time range: one that ends now, or from one instant to another. The page keeps it in its URL. */
export function TimeRange({
  value,
  fallback,
  any,
  onChange,
}: {
  value: Range;
  /** What is shown when the URL says nothing. */
  fallback: Preset;
  /** Given when no range is a choice too: how that is called. It is then what is shown when the URL says nothing. */
  any?: string;
  onChange: (range: Range) => void;
}) {
  const { t, i18n } = useTranslation();
  const [open, setOpen] = useState(false);
  const custom = !isLive(value);
  const format = timeFormat(i18n.language, {
    dateStyle: "medium",
    timeStyle: "short",
    hourCycle: "h23",
  });
  const { from, to } = resolveRange(value, fallback, 0);
  const preset = value.range ?? (any ? undefined : fallback);
  const label = custom ? format.formatRange(from, to) : preset ? t(`range.${preset}`) : any;
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
          <Popover.Popup
            aria-label={t("range.label")}
            className={cx(popupClass, "w-64 max-w-[calc(100vw-1rem)] p-1")}
          >
            {[...(any ? [undefined] : []), ...(Object.keys(presets) as Preset[])].map((each) => (
              <button
                key={each ?? "any"}
                type="button"
                aria-pressed={!custom && preset === each}
                onClick={() => choose({ range: each })}
                className={cx(itemClass, "hover:bg-hover aria-pressed:font-semibold")}
              >
                {each ? t(`range.${each}`) : any}
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
    const exact = to - from < SHORT;
    return { from: toLocal(from, exact), to: toLocal(to, exact) };
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
            step={span.from.length > 16 ? 1 : 60}
            value={span[end]}
            onChange={(event) => setSpan({ ...span, [end]: event.target.value })}
            className={inputClass}
          />
        </div>
      ))}
      {wrong && (
        <p role="alert" className="text-critical text-xs">
          {t("range.order")}
        </p>
      )}
      <p className="text-ink-3 text-xs">
        {t("range.zone", { zone: Intl.DateTimeFormat().resolvedOptions().timeZone })}
      </p>
      <Button type="submit" look="primary" disabled={wrong}>
        {t("range.apply")}
      </Button>
    </form>
  );
}

/** Shorter spans are written with their seconds. */
const SHORT = 15 * MINUTE;

/** Writes an instant as `datetime-local` has it, in the viewer's zone. */
function toLocal(instant: number, seconds: boolean): string {
  const date = new Date(instant - new Date(instant).getTimezoneOffset() * MINUTE);
  return date.toISOString().slice(0, seconds ? 19 : 16);
}
