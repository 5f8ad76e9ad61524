import { Button as Base } from "@base-ui/react/button";
import type { ComponentProps } from "react";
import { cx } from "~/lib/class.ts";
import { Tip } from "./tip.tsx";

const looks = {
  primary: "bg-accent text-accent-ink hover:bg-accent-hover border-transparent",
  secondary: "bg-surface text-ink border-line hover:bg-hover",
  ghost: "bg-transparent text-ink-2 border-transparent hover:bg-hover hover:text-ink",
  danger: "bg-surface text-critical border-line hover:bg-critical-soft",
} as const;

const sizes = {
  sm: "h-7 px-2 text-sm gap-1.5",
  md: "h-8 px-3 text-sm gap-1.5",
  lg: "h-10 px-4 text-base gap-2",
} as const;

type Props = ComponentProps<typeof Base> & {
  /** One primary button a page; the rest is quieter. */
  look?: keyof typeof looks;
  size?: keyof typeof sizes;
};

/** The classes of a button, for links that look like one. */
export function buttonClass(look: keyof typeof looks = "secondary", size: keyof typeof sizes = "md"): string {
  return cx(
    "inline-flex shrink-0 select-none items-center justify-center whitespace-nowrap rounded-md border font-medium",
    "transition-colors duration-100 disabled:opacity-55 data-disabled:opacity-55 [&_svg]:size-4 [&_svg]:shrink-0",
    looks[look],
    sizes[size],
  );
}

/** A button with words. A disabled one should say why: give it a `title`. */
export function Button({ look, size, className, ...props }: Props) {
  return <Base {...props} className={cx(buttonClass(look, size), className)} />;
}

/** A button with an icon only; its label is read aloud and shown on hover. */
export function IconButton({
  label,
  look = "ghost",
  size = "md",
  className,
  ...props
}: Props & { label: string }) {
  const width = { sm: "w-7", md: "w-8", lg: "w-10" }[size];
  return (
    <Tip text={label}>
      <Base {...props} aria-label={label} className={cx(buttonClass(look, size), width, "px-0", className)} />
    </Tip>
  );
}
