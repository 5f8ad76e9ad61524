import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, body, type Schemas } from "../client.ts";
import type { paths } from "../schema.d.ts";

type ListParams = NonNullable<paths["/services"]["get"]["parameters"]["query"]>;

/** The server watches itself under this key; it is not a service that somebody made. */
export const OWN_SERVICE = "tracely";

/** A page of services. */
export const servicesQuery = (params: ListParams) =>
  queryOptions({
    queryKey: ["services", "list", params],
    queryFn: async ({ signal }) => body(await api.GET("/services", { params: { query: params }, signal })),
    placeholderData: keepPreviousData,
  });

/** One service, by id or key. */
export const serviceQuery = (id: string) =>
  queryOptions({
    queryKey: ["services", "detail", id],
    queryFn: async ({ signal }) =>
      body(await api.GET("/services/{id}", { params: { path: { id } }, signal })).data,
  });

type ServiceRequest = Schemas["ServiceRequest"];

/** What is done to services; the lists are fetched anew afterwards. */
export function useServiceChanges() {
  const client = useQueryClient();
  const onSuccess = () => client.invalidateQueries({ queryKey: ["services"] });
  return {
    create: useMutation({
      mutationFn: async (request: ServiceRequest) =>
        body(await api.POST("/services", { body: request })).data,
      onSuccess,
    }),
    update: useMutation({
      mutationFn: async ({ id, ...request }: { id: string } & Schemas["ServicePatch"]) =>
        body(await api.PATCH("/services/{id}", { params: { path: { id } }, body: request })).data,
      // The page of a service that has another key now goes there before the old key is asked for again.
      onSuccess: (saved) => {
        client.setQueryData(serviceQuery(saved.key).queryKey, saved);
        client.invalidateQueries({ queryKey: ["services", "list"] });
        client.invalidateQueries({ queryKey: ["services", "overview"] });
      },
    }),
    remove: useMutation({
      mutationFn: async (id: string) => {
        await api.DELETE("/services/{id}", { params: { path: { id } } });
      },
      // Who deleted it leaves its page first; nothing waits for the lists.
      onSuccess: () => {
        client.invalidateQueries({ queryKey: ["services", "list"] });
      },
    }),
  };
}
