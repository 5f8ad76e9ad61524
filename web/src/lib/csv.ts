/** One cell of a CSV file (RFC 4180). A text that a spreadsheet would run as a formula is made harmless. */
function cell(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Writes rows as CSV, the header first. */
export function toCsv(header: string[], rows: (string | number | null | undefined)[][]): string {
  return [header, ...rows]
    .map((row) => row.map(cell).join(","))
    .join("\r\n")
    .concat("\r\n");
}

/** Makes a name for a file from words: "Superonline: latency" becomes "superonline-latency.csv". */
export function fileName(words: string, extension: string): string {
  const name = words
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-|-$/g, "")
    .slice(0, 80);
  return `${name || "tracely"}.${extension}`;
}

/** Hands a text to the person as a file. A CSV file begins with a mark, else spreadsheets do not read it as UTF-8. */
export function download(name: string, text: string, type: string): void {
  const mark = type.startsWith("text/csv") ? "\ufeff" : "";
  downloadBlob(name, new Blob([mark, text], { type }));
}

/** Hands bytes to the person as a file. */
export function downloadBlob(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1_000);
}
