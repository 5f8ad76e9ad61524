import { Search, X } from "lucide-react";
import { type Ref, useEffect, useEffectEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { cx } from "~/lib/class.ts";
import { inputClass } from "./input-class.ts";

/** A search field that tells what was typed once the typing rests for a moment. */
export function SearchBox({
  value,
  onChange,
  label,
  className,
  ref,
}: {
  value: string;
  onChange: (text: string) => void;
  label?: string;
  className?: string;
  ref?: Ref<HTMLInputElement>;
}) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState({ text: value, of: value });
  // What the URL says wins when it was changed elsewhere, e.g. by "back".
  const text = draft.of === value ? draft.text : value;
  const tell = useEffectEvent((next: string) => {
    if (next !== value) onChange(next);
  });
  useEffect(() => {
    const timer = setTimeout(() => tell(text), 250);
    return () => clearTimeout(timer);
  }, [text]);
  const write = (next: string) => setDraft({ text: next, of: value });
  return (
    <div className={cx("relative w-56 max-w-full", className)}>
      <Search aria-hidden className="absolute top-2 left-2 size-4 text-ink-3" />
      <input
        ref={ref}
        type="search"
        aria-label={label ?? t("word.search")}
        placeholder={label ?? t("word.search")}
        maxLength={200}
        value={text}
        onChange={(event) => write(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") {
            onChange(text);
            // The keys of the list work again.
            event.currentTarget.blur();
          }
          if (event.key === "Escape") event.currentTarget.blur();
        }}
        className={cx(inputClass, "px-8 [&::-webkit-search-cancel-button]:hidden")}
      />
      {text && (
        <button
          type="button"
          aria-label={t("action.clear")}
          onClick={() => {
            write("");
            onChange("");
          }}
          className="absolute top-1.5 right-1.5 rounded-sm p-0.5 text-ink-3 hover:text-ink"
        >
          <X aria-hidden className="size-4" />
        </button>
      )}
    </div>
  );
}
