import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Activity, Ellipsis, Pencil, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import { overviewQuery, type ServiceOverview } from "~/api/queries/overview.ts";
import { pageSearch } from "~/lib/list-search.ts";
import { Button, IconButton } from "~/ui/button.tsx";
import { Card } from "~/ui/card.tsx";
import { type Column, DataTable } from "~/ui/data-table.tsx";
import { Menu, MenuItem } from "~/ui/menu.tsx";
import { Page } from "~/ui/page.tsx";
import { Pagination } from "~/ui/pagination.tsx";
import { SearchBox } from "~/ui/search-box.tsx";
import { SeverityBadge, severities } from "~/ui/severity.tsx";
import { Empty, Failure, Skeleton } from "~/ui/state.tsx";
import { TimeAgo } from "~/ui/time.tsx";
import { DeleteService } from "./delete-service.tsx";
import { type ServicesSearch, servicesPageQuery } from "./queries.ts";
import ServiceDialog from "./service-dialog.tsx";

type Service = Schemas["Service"];

/** Every service, to find, make, change and delete. */
export function ServicesPage({
  search,
  onSearch,
}: {
  search: ServicesSearch;
  onSearch: (search: Partial<ServicesSearch>) => void;
}) {
  const { t } = useTranslation(["service", "common"]);
  const navigate = useNavigate();
  const { data, error, refetch } = useQuery(servicesPageQuery(search));
  const [edited, setEdited] = useState<Service | null>(null);
  const [doomed, setDoomed] = useState<Service | null>(null);
  const ids = data?.data.map((service) => service.id) ?? [];
  const overviews = useQuery({
    ...overviewQuery({ service_id: ids, limit: 100 }),
    enabled: ids.length > 0,
  }).data?.data;
  const states = new Map(overviews?.map((overview) => [overview.service.id, overview]));
  const open = (service: Service) => navigate({ to: "/services/$key", params: { key: service.key } });
  const columns: Column<Service>[] = [
    {
      id: "state",
      header: t("state"),
      width: 120,
      cell: (service) => <StateOf overview={states.get(service.id)} />,
    },
    {
      id: "name",
      header: t("common:field.name"),
      width: 190,
      sort: "name",
      fixed: true,
      cell: (service) => <NameOf service={service} />,
    },
    {
      id: "key",
      header: t("common:field.key"),
      width: 150,
      sort: "key",
      cell: (service) => <code title={service.key}>{service.key}</code>,
    },
    {
      id: "description",
      header: t("common:field.description"),
      width: 230,
      cell: ({ description }) => (
        <span title={description} className="text-ink-2">
          {description}
        </span>
      ),
    },
    {
      id: "live",
      header: t("live"),
      width: 110,
      numeric: true,
      cell: (service) => liveOf(states.get(service.id)),
    },
    {
      id: "created_at",
      header: t("common:field.created"),
      width: 120,
      sort: "created_at",
      cell: (service) => <TimeAgo at={service.created_at} />,
    },
    {
      id: "actions",
      header: t("common:action.more"),
      quiet: true,
      width: 60,
      fixed: true,
      cell: (service) => (
        <Actions name={service.name} onEdit={() => setEdited(service)} onDelete={() => setDoomed(service)} />
      ),
    },
  ];
  const creating = () => onSearch({ new: true });
  const create = (
    <Button look="primary" onClick={creating}>
      <Plus aria-hidden />
      {t("new")}
    </Button>
  );
  return (
    <Page name={t("name")} actions={create}>
      <Card flush>
        <div className="border-b p-2">
          <SearchBox
            value={search.search ?? ""}
            label={t("search")}
            onChange={(text) => onSearch({ search: text || undefined, offset: undefined })}
          />
        </div>
        {error && !data ? (
          <Failure error={error} onRetry={refetch} />
        ) : (
          <DataTable
            label={t("name")}
            name="services"
            columns={columns}
            rows={data?.data}
            rowId={(service) => service.id}
            rowName={(service) => service.name}
            onOpen={open}
            sort={{
              sort_by: search.sort_by ?? "name",
              sort_dir: search.sort_dir ?? "asc",
              onChange: (sort) => onSearch({ ...(sort as ServicesSearch), offset: undefined }),
            }}
            card={(service) => (
              <div className="flex flex-col gap-1">
                <div className="flex items-start justify-between gap-2">
                  <NameOf service={service} />
                  <StateOf overview={states.get(service.id)} />
                </div>
                <p className="foreign line-clamp-2 text-ink-2 text-sm">{service.description}</p>
              </div>
            )}
            empty={
              search.search ? (
                <Empty
                  title={t("noMatch", { search: search.search })}
                  action={
                    <Button onClick={() => onSearch({ search: undefined, offset: undefined })}>
                      {t("common:action.clear")}
                    </Button>
                  }
                />
              ) : (
                <Empty icon={<Activity />} title={t("empty")} action={create}>
                  {t("emptyHint")}
                </Empty>
              )
            }
          />
        )}
        {data && <Pagination {...data.meta} onChange={(page) => onSearch(pageSearch(page))} />}
      </Card>
      {search.new && <ServiceDialog onClose={() => onSearch({ new: undefined })} onSaved={open} />}
      {edited && (
        <ServiceDialog service={edited} onClose={() => setEdited(null)} onSaved={() => setEdited(null)} />
      )}
      <DeleteService service={doomed} onClose={() => setDoomed(null)} />
    </Page>
  );
}

function NameOf({ service }: { service: Service }) {
  return (
    <Link
      to="/services/$key"
      params={{ key: service.key }}
      title={service.name}
      className="font-medium hover:underline max-md:line-clamp-2"
    >
      {service.name}
    </Link>
  );
}

function StateOf({ overview }: { overview: ServiceOverview | undefined }) {
  if (!overview) return <Skeleton className="h-5 w-16" />;
  return <SeverityBadge severity={overview.severity ?? "OK"} quiet={!overview.severity} />;
}

function liveOf(overview: ServiceOverview | undefined): number | null {
  if (!overview) return null;
  return severities.reduce((sum, severity) => sum + overview.live[severity], 0) || null;
}

function Actions({ name, onEdit, onDelete }: { name: string; onEdit: () => void; onDelete: () => void }) {
  const { t } = useTranslation();
  return (
    <Menu
      trigger={
        <IconButton size="sm" label={`${t("action.more")}: ${name}`}>
          <Ellipsis aria-hidden />
        </IconButton>
      }
    >
      <MenuItem onClick={onEdit}>
        <Pencil aria-hidden />
        {t("action.edit")}
      </MenuItem>
      <MenuItem danger onClick={onDelete}>
        <Trash2 aria-hidden />
        {t("action.delete")}
      </MenuItem>
    </Menu>
  );
}
