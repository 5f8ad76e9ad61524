import { type ComponentProps, lazy, Suspense } from "react";
import { Skeleton } from "~/ui/state.tsx";

const Chart = lazy(async () => ({ default: (await import("~/ui/chart/index.ts")).Chart }));

const HEIGHT = 220;

/** A chart of lines, whose drawing code comes when it is needed. */
export function Lines(props: ComponentProps<typeof Chart>) {
  return (
    <Suspense fallback={<Skeleton className="h-72 w-full" />}>
      <Chart height={HEIGHT} {...props} />
    </Suspense>
  );
}
