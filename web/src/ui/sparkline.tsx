import { cx } from "~/lib/class.ts";

/** A small line without axes. Gaps stay gaps; what it shows is said in words beside it. */
export function Sparkline({
  values,
  threshold,
  violated,
  className,
}: {
  values: readonly (number | null)[];
  threshold?: number | undefined;
  violated?: boolean;
  className?: string;
}) {
  const known = values.filter((value) => value !== null);
  const all = threshold === undefined || known.length === 0 ? known : [...known, threshold];
  const low = Math.min(...all);
  const high = Math.max(...all);
  const y = (value: number) => (high === low ? 12 : 22 - ((value - low) / (high - low)) * 20);
  const x = (index: number) => (index / Math.max(1, values.length - 1)) * 100;
  let pen = false;
  const path = values
    .map((value, index) => {
      if (value === null) {
        pen = false;
        return "";
      }
      const alone = !pen && (values[index + 1] ?? null) === null;
      const step = `${pen ? "L" : "M"}${x(index).toFixed(1)} ${y(value).toFixed(1)}${alone ? "h0.01" : ""}`;
      pen = true;
      return step;
    })
    .join("");
  return (
    <svg
      aria-hidden="true"
      viewBox="0 0 100 24"
      preserveAspectRatio="none"
      className={cx("h-6 w-24 overflow-visible", className)}
    >
      {threshold !== undefined && known.length > 0 && (
        <path
          d={`M0 ${y(threshold)}H100`}
          className="stroke-ink-3 opacity-60"
          strokeDasharray="3 3"
          vectorEffect="non-scaling-stroke"
        />
      )}
      <path
        d={path}
        fill="none"
        strokeWidth="1.5"
        strokeLinecap="round"
        strokeLinejoin="round"
        vectorEffect="non-scaling-stroke"
        className={violated ? "stroke-critical" : "stroke-accent"}
      />
    </svg>
  );
}
