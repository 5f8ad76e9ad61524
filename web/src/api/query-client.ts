import { QueryClient } from "@tanstack/react-query";
import { ApiError } from "./problem.ts";

/** Makes the cache of server data. The live stream says when something is stale, so nothing is polled. */
export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        // A refusal stays a refusal; a server that is not there may come back.
        retry: (count, error) =>
          count < 2 && !(error instanceof ApiError && error.status >= 400 && error.status < 500),
        refetchOnWindowFocus: false,
      },
    },
  });
}
