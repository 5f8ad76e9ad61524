import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, body, type Schemas } from "../client.ts";
import { ApiError } from "../problem.ts";

/** A list as a person keeps it: the query of the page's address under a name. */
export type SavedView = Schemas["SavedView"];

/** The views that a person keeps of a page, by name. */
const viewsQuery = (page: Schemas["ViewPage"]) =>
  queryOptions({
    queryKey: ["views", page],
    queryFn: async ({ signal }) =>
      body(await api.GET("/views", { params: { query: { page, limit: 100 } }, signal })).data,
  });

/** The views of a page, and what keeps, changes and forgets one; what fails says why in its message. */
export function useViews(page: Schemas["ViewPage"]) {
  const client = useQueryClient();
  const { data, isError } = useQuery(viewsQuery(page));
  const changed = async <T>(change: Promise<T>): Promise<T> => {
    try {
      return await change;
    } catch (error) {
      throw new Error((error instanceof ApiError && error.fields.get("/name")) || messageOf(error));
    } finally {
      await client.invalidateQueries({ queryKey: ["views"] });
    }
  };
  return {
    views: data,
    failed: isError,
    create: (name: string, query: string) => changed(createView({ page, name, query })),
    change: (id: string, change: Schemas["SavedViewPatch"]) => changed(changeView(id, change)),
    remove: (id: string) => changed(deleteView(id)),
  };
}

async function createView(view: Schemas["SavedViewRequest"]): Promise<SavedView> {
  return body(await api.POST("/views", { body: view })).data;
}

async function changeView(id: string, change: Schemas["SavedViewPatch"]): Promise<SavedView> {
  return body(await api.PATCH("/views/{id}", { params: { path: { id } }, body: change })).data;
}

async function deleteView(id: string): Promise<void> {
  await api.DELETE("/views/{id}", { params: { path: { id } } });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : "";
}
