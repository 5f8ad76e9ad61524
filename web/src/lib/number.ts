/** Writes a number with as many digits as help: 145.5, 0.0213, 1.2 k. */
export function compact(value: number, language: string): string {
  const size = Math.abs(value);
  if (size >= 10_000) {
    return new Intl.NumberFormat(language, { notation: "compact", maximumFractionDigits: 1 }).format(value);
  }
  return new Intl.NumberFormat(language, {
    maximumSignificantDigits: size >= 1_000 ? 4 : size >= 100 ? 4 : 3,
  }).format(value);
}

/** Writes a value with its unit: 145.5 ms, 2.1 %, 0.3. */
export function withUnit(value: number, unit: string, language: string): string {
  const number = compact(value, language);
  return unit ? `${number}\u00a0${unit}` : number;
}

/** Writes a whole number with separators. */
export function whole(value: number, language: string): string {
  return new Intl.NumberFormat(language, { maximumFractionDigits: 0 }).format(value);
}
