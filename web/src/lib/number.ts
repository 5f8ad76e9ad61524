import { numberFormat } from "./format.ts";

/** From this size on a number is shortened: 12.3 k. */
const SHORTEN = 10_000;
/** Beyond these sizes no unit prefix helps: 1.2E20, 3.1E-9. */
const HUGE = 1e15;
const TINY = 1e-6;

/** "12.3K" is read as kelvin beside a unit, and the Turkish "B" as bytes. */
const prefixes: Record<string, Record<string, string>> = { en: { K: "k" }, tr: { B: "bin" } };

/** Writes a number with as many digits as help: 145.5, 0.0213, 1.2 k. */
export function compact(value: number, language: string): string {
  const size = Math.abs(value);
  if (size >= HUGE || (size > 0 && size < TINY)) return scientific(value, language);
  if (size >= SHORTEN) return shortened(value, language, { maximumFractionDigits: 1 });
  return numberFormat(language, { maximumSignificantDigits: size >= 100 ? 4 : 3 }).format(value);
}

/** Writes a value with its unit: 145.5 ms, 2.1 %, 0.3. Turkish puts the percent sign first: %2,1. */
export function withUnit(value: number, unit: string, language: string): string {
  return unitAround(compact(value, language), unit, language);
}

/** Writes a value that somebody has set, with all its digits and its unit: 99.95 %. */
export function exactWithUnit(value: number, unit: string, language: string): string {
  const number = numberFormat(language, { maximumFractionDigits: 15 }).format(value);
  return unitAround(number, unit, language);
}

const sizes = ["B", "kB", "MB", "GB", "TB"];

/** Writes a number of bytes with the unit that fits, in steps of a thousand: 12.3 MB. */
export function byteSize(bytes: number, language: string): string {
  const step = Math.max(0, Math.min(sizes.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  return withUnit(bytes / 1_000 ** step, sizes[step] ?? "B", language);
}

/** Writes a whole number with separators. */
export function whole(value: number, language: string): string {
  return numberFormat(language, { maximumFractionDigits: 0 }).format(value);
}

/** Writes the numbers of an axis alike, with as many digits as tell neighbours apart. */
export function tickTexts(values: readonly number[], unit: string, language: string): string[] {
  const largest = Math.max(0, ...values.map(Math.abs));
  const step = Math.min(...values.slice(1).map((value, index) => Math.abs(value - (values[index] ?? 0))));
  const write = tickFormat(largest, Number.isFinite(step) && step > 0 ? step : largest || 1, language);
  return values.map((value) => unitAround(write(value === 0 ? 0 : value), unit, language));
}

function tickFormat(largest: number, step: number, language: string): (value: number) => string {
  if (largest >= HUGE || largest < TINY) {
    return (value) => (value === 0 ? "0" : scientific(value, language));
  }
  const base = 1_000 ** Math.floor(Math.log10(largest) / 3);
  if (largest >= SHORTEN && step >= base / 1_000) {
    const digits = digitsFor(step / base);
    return (value) =>
      value === 0
        ? "0"
        : shortened(value, language, { maximumFractionDigits: digitsOf(value, step, digits) });
  }
  const digits = Math.min(12, digitsFor(step));
  const format = numberFormat(language, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return (value) => format.format(value);
}

/** How many digits after the point a shortened tick needs: it may have a smaller prefix than the largest tick. */
function digitsOf(value: number, step: number, usual: number): number {
  const base = 1_000 ** Math.max(0, Math.floor(Math.log10(Math.abs(value)) / 3));
  return Math.min(usual, digitsFor(step / base));
}

/** How many digits after the point it takes to write a step: 1 for 0.5, 0 for 20. */
function digitsFor(step: number): number {
  for (let digits = 0; digits < 12; digits += 1) {
    const scaled = step * 10 ** digits;
    if (Math.abs(scaled - Math.round(scaled)) < 1e-6 * scaled) return digits;
  }
  return 12;
}

function scientific(value: number, language: string): string {
  return numberFormat(language, { notation: "scientific", maximumFractionDigits: 2 }).format(value);
}

function shortened(value: number, language: string, digits: Intl.NumberFormatOptions): string {
  const names = prefixes[language.split("-")[0] ?? ""] ?? {};
  return numberFormat(language, { notation: "compact", ...digits })
    .formatToParts(value)
    .filter((part) => part.type !== "literal")
    .map((part) => (part.type === "compact" ? `\u00a0${names[part.value] ?? part.value}` : part.value))
    .join("");
}

function unitAround(number: string, unit: string, language: string): string {
  if (!unit) return number;
  if (unit === "%" && language.startsWith("tr")) return number.replace(/^(-?)/, "$1%");
  return `${number}\u00a0${unit}`;
}
