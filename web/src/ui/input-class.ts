/** The look of what can be typed into. */
export const inputClass =
  "h-8 w-full min-w-0 rounded-md border border-line-strong bg-surface px-2.5 text-ink text-sm placeholder:text-ink-3 max-sm:text-lg data-invalid:border-critical aria-invalid:border-critical";
