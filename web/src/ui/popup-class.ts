/** The look of everything that pops up beside something. */
export const popupClass =
  "z-50 rounded-md border bg-raised text-sm shadow-pop outline-none transition-opacity duration-100 data-ending-style:opacity-0 data-starting-style:opacity-0";
/** The look of a row in a popup. */
export const itemClass =
  "flex min-h-8 w-full cursor-default select-none items-center gap-2 rounded-sm px-2 py-1 outline-none data-disabled:opacity-55 data-highlighted:bg-hover [&_svg]:size-4 [&_svg]:shrink-0";
