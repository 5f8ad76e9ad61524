import { queryOptions } from "@tanstack/react-query";
import { api, body, type Schemas } from "../client.ts";

/** A list as a person keeps it: the query of the page's address under a name. */
export type SavedView = Schemas["SavedView"];

/** The views that a person keeps of a page, by name. */
export const viewsQuery = (page: Schemas["ViewPage"]) =>
  queryOptions({
    queryKey: ["views", page],
    queryFn: async ({ signal }) =>
      body(await api.GET("/views", { params: { query: { page, limit: 100 } }, signal })).data,
  });

/** Keeps a view. */
export async function createView(view: Schemas["SavedViewRequest"]): Promise<SavedView> {
  return body(await api.POST("/views", { body: view })).data;
}

/** Renames a view or has it show something else. */
export async function changeView(id: string, change: Schemas["SavedViewPatch"]): Promise<SavedView> {
  return body(await api.PATCH("/views/{id}", { params: { path: { id } }, body: change })).data;
}

/** Forgets a view. */
export async function deleteView(id: string): Promise<void> {
  await api.DELETE("/views/{id}", { params: { path: { id } } });
}
