import type { ReactNode } from "react";
import { useBadge } from "~/lib/badge.ts";

/** The frame of a page: its name, its one primary action at the right, its content. */
export function Page({
  name,
  title,
  actions,
  children,
}: {
  /** What the tab says. */
  name: string;
  /** What the heading shows when it is more than the name. */
  title?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}) {
  const unread = useBadge();
  return (
    <div className="mx-auto flex w-full max-w-[100rem] flex-col gap-4 p-4 lg:p-6">
      <title>{`${unread > 0 ? `(${unread}) ` : ""}${name} · Tracely`}</title>
      <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2">
        <h1 className="foreign min-w-0 flex-1 basis-64 font-semibold text-xl">{title ?? name}</h1>
        {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
      </div>
      {children}
    </div>
  );
}
