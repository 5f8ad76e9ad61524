/** The server's messages by field: `threshold`, `labels/0`; the empty field holds what belongs to none. */
export type Messages = ReadonlyMap<string, string>;

/** The field of the form that a JSON pointer of the API means: `/rule/threshold` is `threshold`. */
export function fieldOf(pointer: string): string {
  const steps = pointer.split("/").filter((step) => step !== "");
  if (steps[0] === "rule") steps.shift();
  const [field, index] = steps;
  if (field === undefined) return "";
  return field === "labels" && index !== undefined ? `labels/${index}` : field;
}

/** Puts the server's messages at the fields of the form. */
export function messagesOf(fields: ReadonlyMap<string, string>): Messages {
  const messages = new Map<string, string>();
  for (const [pointer, message] of fields) {
    const field = fieldOf(pointer);
    const before = messages.get(field);
    messages.set(field, before ? `${before}; ${message}` : message);
  }
  return messages;
}

/** The messages at fields that were touched; nobody is told off for what they have not come to yet. */
export function touchedMessages(messages: Messages, touched: ReadonlySet<string>): Messages {
  const isTouched = (field: string) => touched.has(field.split("/")[0] ?? "");
  return new Map([...messages].filter(([field]) => isTouched(field)));
}
