import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import { incidentListQuery } from "~/api/queries/incidents.ts";
import { useHotkeys } from "~/lib/hotkeys.ts";
import { Card } from "~/ui/card.tsx";
import { DataTable } from "~/ui/data-table.tsx";
import { Page } from "~/ui/page.tsx";
import { Pagination } from "~/ui/pagination.tsx";
import { Failure } from "~/ui/state.tsx";
import { BulkBar, ConfirmClose } from "./bulk-bar.tsx";
import { ExportButton } from "./export-button.tsx";
import { IncidentCard, useColumns } from "./list-columns.tsx";
import { ListEmpty } from "./list-empty.tsx";
import { ListFilters } from "./list-filters.tsx";
import { ListTabs } from "./list-tabs.tsx";
import { type ListSearch, listParams, listRange } from "./search.ts";
import { fitting, useBulk } from "./use-bulk.ts";
import { IncidentViews } from "./views-menu.tsx";

type Incident = Schemas["Incident"];
type Sorted = Pick<ListSearch, "sort_by" | "sort_dir">;
const nothing: ReadonlySet<string> = new Set();

/** The list of incidents: find them, sort them, work on one or on many. */
export function ListPage({ search }: { search: ListSearch }) {
  const { t } = useTranslation(["incident", "common"]);
  const navigate = useNavigate();
  const columns = useColumns();
  const bulk = useBulk();
  const searchBox = useRef<HTMLInputElement>(null);
  const [selection, setSelection] = useState(nothing);
  const [closing, setClosing] = useState<Incident | null>(null);
  const params = listParams(search);
  const list = useQuery(incidentListQuery(params, listRange(search)));
  const rows = list.data?.data;
  const total = list.data?.meta.total ?? 0;
  // Only what is shown can be changed, and with the version that is shown.
  const selected = (rows ?? []).filter((row) => selection.has(row.id));

  const onSearch = (next: ListSearch, replace = false) => {
    setSelection(nothing);
    navigate({ to: "/incidents", search: next, replace, resetScroll: false });
  };
  const open = (incident: Incident) =>
    navigate({ to: "/incidents/$key", params: { key: incident.key }, state: { fromList: true } });
  // With a selection the keys are those of the selection.
  const onRow = (act: (incident: Incident) => void) => (row: Incident) => {
    if (selected.length === 0) act(row);
  };
  useHotkeys({
    "/": (event) => {
      event.preventDefault();
      searchBox.current?.focus();
    },
  });

  return (
    <Page
      name={t("list.name")}
      actions={
        <>
          <IncidentViews search={search} onSearch={onSearch} />
          <ExportButton search={search} total={total} />
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <div className="flex">
          <ListTabs search={search} />
        </div>
        <ListFilters search={search} onSearch={onSearch} searchBox={searchBox} />
      </div>
      <Card flush>
        {list.isError && !list.data ? (
          <Failure error={list.error} onRetry={list.refetch} />
        ) : (
          <>
            <DataTable
              label={t("list.name")}
              name="incidents"
              columns={columns}
              rows={rows}
              rowId={(row) => row.id}
              rowName={(row) => row.key}
              onOpen={open}
              sort={{
                sort_by: params.sort_by,
                sort_dir: params.sort_dir,
                onChange: (sort) => onSearch({ ...search, ...(sort as Sorted), offset: undefined }),
              }}
              selection={{ ids: selection, onChange: setSelection }}
              rowKeys={{
                a: onRow((row) => bulk.run([row], { kind: "acknowledged" })),
                c: onRow((row) => fitting([row], { kind: "closed" }).length > 0 && setClosing(row)),
              }}
              card={(row) => <IncidentCard incident={row} />}
              empty={<ListEmpty search={search} total={total} onSearch={onSearch} />}
            />
            {rows && rows.length > 0 && (
              <div className="border-t">
                <Pagination
                  total={total}
                  totalIsAtLeast={list.data?.meta.total_is_at_least}
                  limit={params.limit ?? 0}
                  offset={params.offset ?? 0}
                  onChange={({ limit, offset }) =>
                    onSearch({
                      ...search,
                      limit: limit === 20 || limit === 100 ? limit : undefined,
                      offset: offset || undefined,
                    })
                  }
                />
              </div>
            )}
          </>
        )}
      </Card>
      {selected.length > 0 && (
        <BulkBar
          selected={selected}
          pending={bulk.pending}
          onClear={() => setSelection(nothing)}
          onRun={async (incidents, action) => {
            await bulk.run(incidents, action);
            setSelection(nothing);
          }}
        />
      )}
      <ConfirmClose
        incidents={closing ? [closing] : []}
        open={closing !== null}
        onClose={() => setClosing(null)}
        onConfirm={() => closing && bulk.run([closing], { kind: "closed" })}
      />
    </Page>
  );
}
