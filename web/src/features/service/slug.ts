const plain: Record<string, string> = {
  ç: "c",
  ğ: "g",
  ı: "i",
  î: "i",
  ö: "o",
  ş: "s",
  ü: "u",
  û: "u",
  â: "a",
};

/** Suggests a key for a name, as the server would make it: "TV+ Canlı" becomes `tv-canli`. */
export function slug(name: string): string {
  return name
    .toLowerCase()
    .replaceAll("\u0307", "")
    .replace(/[çğıîöşüûâ]/g, (letter) => plain[letter] ?? letter)
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-/, "")
    .slice(0, 50)
    .replace(/-$/, "");
}
