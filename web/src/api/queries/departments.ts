import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, body, type Schemas } from "../client.ts";
import type { paths } from "../schema.d.ts";

type ListParams = NonNullable<paths["/departments"]["get"]["parameters"]["query"]>;

/** A page of departments. */
export const departmentsQuery = (params: ListParams) =>
  queryOptions({
    queryKey: ["departments", "list", params],
    queryFn: async ({ signal }) => body(await api.GET("/departments", { params: { query: params }, signal })),
    placeholderData: keepPreviousData,
  });

/** One department. */
export const departmentQuery = (id: string) =>
  queryOptions({
    queryKey: ["departments", "detail", id],
    queryFn: async ({ signal }) =>
      body(await api.GET("/departments/{id}", { params: { path: { id } }, signal })).data,
  });

type DepartmentRequest = Schemas["DepartmentRequest"];

/** What is done to departments; the lists are fetched anew afterwards. */
export function useDepartmentChanges() {
  const client = useQueryClient();
  const onSuccess = () => client.invalidateQueries({ queryKey: ["departments"] });
  return {
    create: useMutation({
      mutationFn: async (request: DepartmentRequest) =>
        body(await api.POST("/departments", { body: request })).data,
      onSuccess,
    }),
    update: useMutation({
      mutationFn: async ({ id, ...request }: { id: string } & DepartmentRequest) =>
        body(await api.PUT("/departments/{id}", { params: { path: { id } }, body: request })).data,
      onSuccess,
    }),
    remove: useMutation({
      mutationFn: async (id: string) => {
        await api.DELETE("/departments/{id}", { params: { path: { id } } });
      },
      // Who deleted it leaves its page first; nothing waits for the lists.
      onSuccess: () => {
        client.invalidateQueries({ queryKey: ["departments", "list"] });
      },
    }),
  };
}

/** How many notifications of a department are unread. */
export const departmentUnreadQuery = (id: string) =>
  queryOptions({
    queryKey: ["notifications", "unread", id],
    queryFn: async ({ signal }) => {
      const query = { department_id: [id] };
      return body(await api.GET("/notifications/unread-count", { params: { query }, signal })).data.count;
    },
  });
