import type { components } from "./schema.d.ts";

/** A problem document (RFC 9457) as the server answers it. */
export type Problem = components["schemas"]["Problem"];

/** What a failed request throws: the server's problem document, or that it could not be reached. */
export class ApiError extends Error {
  /** The HTTP status; 0 when no answer came. */
  readonly status: number;
  /** The stable name of the problem, e.g. `urn:tracely:problem:conflict`; empty when no answer came. */
  readonly type: string;
  /** What the server said of each wrong field, by JSON pointer or parameter. */
  readonly fields: ReadonlyMap<string, string>;

  constructor(status: number, problem: Partial<Problem> | undefined) {
    super(problem?.detail ?? problem?.title ?? "");
    this.name = "ApiError";
    this.status = status;
    this.type = problem?.type ?? "";
    const fields = (problem?.errors ?? []).map((error): [string, string] => [
      error.pointer ?? error.parameter ?? "",
      error.detail,
    ]);
    this.fields = new Map(fields);
  }
}

/** Whether an error is an answer of the server with this status. */
export function hasStatus(error: unknown, status: number): error is ApiError {
  return error instanceof ApiError && error.status === status;
}

/** What an error says to a person: the server's own words, or nothing when it has none. */
export function errorText(error: unknown): string {
  return error instanceof ApiError ? error.message : "";
}
