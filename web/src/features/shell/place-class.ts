/** The look of a place in the bar at the bottom of a phone. */
export const placeClass =
  "relative flex min-w-0 flex-1 flex-col items-center justify-center gap-0.5 text-ink-2 text-xs aria-[current=page]:text-accent";
