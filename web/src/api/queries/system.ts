import { queryOptions } from "@tanstack/react-query";
import { api, body, type Schemas } from "../client.ts";

/** The state of the installation. */
export type System = Schemas["SystemBody"];

/** How often the page asks while somebody looks at it: what fails is in no log that the live stream could tell of. */
const EVERY = 5_000;

/** The state of the installation, asked for again and again while the page is seen. */
export const systemQuery = () =>
  queryOptions({
    queryKey: ["system"],
    queryFn: async ({ signal }) => body(await api.GET("/system", { signal })).data,
    refetchInterval: EVERY,
    // What fails must be seen to fail at once; the next attempt comes soon anyway.
    retry: false,
    staleTime: 0,
  });

/** Takes a parked entry of the log up again. */
export async function retryParked(position: number): Promise<Schemas["RetriedBody"]> {
  return body(await api.POST("/system/parked/{position}/retry", { params: { path: { position } } })).data;
}
