import type { ReactNode } from "react";
import { cx } from "~/lib/class.ts";

/** A framed part of a page. With a title it is a region that screen readers list. */
export function Card({
  title,
  aside,
  children,
  className,
  flush,
}: {
  title?: ReactNode;
  /** What stands at the right of the title. */
  aside?: ReactNode;
  children: ReactNode;
  className?: string;
  /** Whether the content reaches the frame, as tables do. */
  flush?: boolean;
}) {
  return (
    <section
      aria-label={typeof title === "string" ? title : undefined}
      className={cx("min-w-0 rounded-lg border bg-surface", className)}
    >
      {(title || aside) && (
        <div className="flex min-h-11 flex-wrap items-center justify-between gap-2 border-b px-4 py-1.5">
          <h2 className="font-semibold">{title}</h2>
          {aside && <div className="flex flex-wrap items-center gap-2">{aside}</div>}
        </div>
      )}
      <div className={flush ? "" : "p-4"}>{children}</div>
    </section>
  );
}

/** Names and values below each other, as the facts of a thing. */
export function Facts({ facts }: { facts: [name: string, value: ReactNode][] }) {
  return (
    <dl className="grid grid-cols-[minmax(6rem,auto)_1fr] gap-x-4 gap-y-2 text-sm">
      {facts.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-ink-3">{name}</dt>
          <dd className="foreign min-w-0">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
