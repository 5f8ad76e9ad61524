import createClient, { type Middleware } from "openapi-fetch";
import { ApiError, type Problem } from "./problem.ts";
import type { components, paths } from "./schema.d.ts";

/** The schemas of the API by name. */
export type Schemas = components["schemas"];

/** The most rows that one page of a list has. */
export const MOST = 100;

const throwProblems: Middleware = {
  async onResponse({ response }) {
    if (response.ok) return;
    let problem: Partial<Problem> | undefined;
    try {
      problem = await response.clone().json();
    } catch {
      // A proxy in between may answer in its own words; the status is all there is then.
    }
    throw new ApiError(response.status, problem);
  },
  onError() {
    return new ApiError(0, undefined);
  },
};

/** The API, typed by its OpenAPI document. Every answer that is not a success throws an `ApiError`. */
export const api = createClient<paths, "application/json">({
  baseUrl: `${location.origin}/api`,
  // Filters that list values repeat the parameter.
  querySerializer: { array: { style: "form", explode: true } },
});
api.use(throwProblems);

/** The body of an answer that succeeded; failures have been thrown before. */
export function body<T>(answer: { data?: T }): T {
  if (answer.data === undefined) throw new ApiError(0, { detail: "the answer was empty" });
  return answer.data;
}
