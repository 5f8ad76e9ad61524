import { type KeyboardEvent, type PointerEvent, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { whole } from "~/lib/number.ts";

/** A column: what stands above the line, and below it, a number for each part. */
export type Column = { label: string; up: readonly number[]; down?: readonly number[] };

/** A part of every column. `colour` is a CSS colour. */
export type ColumnPart = { name: string; colour: string };

type Props = {
  name: string;
  columns: readonly Column[];
  parts: readonly ColumnPart[];
  /** Texts below the columns; `at` is a share of the width. */
  ticks: readonly { at: number; text: string }[];
  /** What stands above and below the line; without the second nothing does. */
  up: string;
  down?: string;
  height?: number;
};

/** Stacked columns, drawn as one path for each part, so that there may be thousands of them. */
export function Columns({ name, columns, parts, ticks, up, down, height = 220 }: Props) {
  const { i18n } = useTranslation();
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const [shown, setShown] = useState<number | null>(null);
  const sum = (values: readonly number[] | undefined) => values?.reduce((all, value) => all + value, 0) ?? 0;
  const above = Math.max(...columns.map((column) => sum(column.up)), down ? 0 : 1);
  const below = Math.max(0, ...columns.map((column) => sum(column.down)));
  const whole100 = Math.max(1, above + below);
  const line = (above / whole100) * 100;
  const column = shown === null ? undefined : columns[shown];
  const point = (event: PointerEvent) => {
    const area = box.current?.getBoundingClientRect();
    if (!area) return;
    const index = Math.floor(((event.clientX - area.left) / area.width) * columns.length);
    setShown(Math.max(0, Math.min(columns.length - 1, index)));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const last = columns.length - 1;
    const next = {
      ArrowLeft: Math.max(0, (shown ?? columns.length) - 1),
      ArrowRight: Math.min(last, (shown ?? -1) + 1),
      Home: 0,
      End: last,
      Escape: null,
    }[event.key];
    if (next === undefined) return;
    setShown(next);
    event.preventDefault();
  };
  return (
    <figure className="relative min-w-0">
      <div className="flex gap-2">
        <div
          aria-hidden
          className="tabular relative w-8 shrink-0 text-right text-ink-3 text-xs"
          style={{ height }}
        >
          <span className="absolute top-0 right-0 -translate-y-1/4">{whole(above, i18n.language)}</span>
          <span className="-translate-y-1/2 absolute right-0" style={{ top: `${line}%` }}>
            {line > 12 && line < 100 ? 0 : ""}
          </span>
          {below > 0 && (
            <span className="absolute right-0 bottom-0 translate-y-1/4">{whole(below, i18n.language)}</span>
          )}
        </div>
        <div
          ref={box}
          role="application"
          aria-label={name}
          aria-describedby={`${id}-shown`}
          tabIndex={0}
          onPointerMove={point}
          onPointerDown={point}
          onPointerLeave={() => setShown(null)}
          onKeyDown={onKeyDown}
          onBlur={() => setShown(null)}
          className="relative min-w-0 flex-1 rounded-sm"
          style={{ height }}
        >
          <svg
            aria-hidden="true"
            viewBox={`0 0 ${columns.length} ${whole100}`}
            preserveAspectRatio="none"
            className="size-full overflow-visible"
          >
            {shown !== null && (
              <rect x={shown} y={0} width={1} height={whole100} style={{ fill: "var(--hover)" }} />
            )}
            {parts.map((part, index) => (
              <path key={part.name} d={pathOf(columns, index, above)} style={{ fill: part.colour }} />
            ))}
            <path
              d={`M0 ${above}H${columns.length}`}
              vectorEffect="non-scaling-stroke"
              style={{ stroke: "var(--line-strong)" }}
            />
          </svg>
          {column && (
            <Reading column={column} parts={parts} words={[up, down]} share={(shown ?? 0) / columns.length} />
          )}
        </div>
      </div>
      <div aria-hidden className="tabular relative mt-1 ml-10 h-4 text-ink-3 text-xs">
        {ticks.map(({ at, text }) => (
          <span
            key={at}
            className="absolute whitespace-nowrap"
            style={{ left: `${at * 100}%`, transform: `translateX(-${at * 100}%)` }}
          >
            {text}
          </span>
        ))}
      </div>
      <p id={`${id}-shown`} aria-live="polite" className="sr-only">
        {column ? readingText(column, parts, [up, down], i18n.language) : ""}
      </p>
    </figure>
  );
}

/** The rectangles of one part in all columns. A gap between neighbours as long as they are wide enough for one. */
function pathOf(columns: readonly Column[], part: number, above: number): string {
  const air = columns.length > 200 ? 0 : 0.12;
  const before = (values: readonly number[]) => values.slice(0, part).reduce((all, value) => all + value, 0);
  return columns
    .map(({ up, down }, index) => {
      const x = index + air;
      const width = 1 - 2 * air;
      const risen = up[part] ?? 0;
      const fallen = down?.[part] ?? 0;
      const rise = risen > 0 ? `M${x} ${above - before(up) - risen}h${width}v${risen}h${-width}z` : "";
      return fallen > 0 ? `${rise}M${x} ${above + before(down ?? [])}h${width}v${fallen}h${-width}z` : rise;
    })
    .join("");
}

type ReadingProps = { column: Column; parts: readonly ColumnPart[]; words: [string, string | undefined] };

/** What happened to the parts of a column; those that have nothing are left out. */
function rowsOf({ column, parts, words }: ReadingProps) {
  return [column.up, column.down ?? []].flatMap((values, side) =>
    parts.flatMap((part, index) => {
      const value = values[index] ?? 0;
      const name = [parts.length > 1 ? part.name : "", words[1] ? words[side] : ""]
        .filter(Boolean)
        .join(", ");
      return value > 0 ? [{ key: `${side} ${part.name}`, name: name || part.name, value, part }] : [];
    }),
  );
}

function readingText(
  column: Column,
  parts: readonly ColumnPart[],
  words: [string, string | undefined],
  language: string,
): string {
  const rows = rowsOf({ column, parts, words });
  const told = rows.map((row) => `${row.name} ${whole(row.value, language)}`);
  return [column.label, ...(told.length > 0 ? told : ["0"])].join("; ");
}

/** The numbers of the column under the pointer, beside it. */
function Reading({ column, parts, words, share }: ReadingProps & { share: number }) {
  const { i18n } = useTranslation();
  const rows = rowsOf({ column, parts, words });
  const side =
    share < 0.5
      ? { left: `calc(${share * 100}% + 1.5rem)` }
      : { right: `calc(${(1 - share) * 100}% + 0.5rem)` };
  return (
    <div
      aria-hidden
      className="pointer-events-none absolute top-1 z-10 max-w-64 rounded-md border bg-raised px-2.5 py-1.5 text-xs shadow-pop"
      style={side}
    >
      <p className="whitespace-nowrap text-ink-2">{column.label}</p>
      {rows.length === 0 && <p className="tabular">0</p>}
      {rows.map((row) => (
        <p key={row.key} className="flex items-center gap-2">
          <span className="size-2 shrink-0 rounded-[2px]" style={{ background: row.part.colour }} />
          <span className="foreign min-w-0 flex-1 truncate">{row.name}</span>
          <span className="tabular font-medium">{whole(row.value, i18n.language)}</span>
        </p>
      ))}
    </div>
  );
}
