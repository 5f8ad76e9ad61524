import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Building2, Ellipsis, Pencil, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import { pageSearch } from "~/lib/list-search.ts";
import { Button, IconButton } from "~/ui/button.tsx";
import { Card } from "~/ui/card.tsx";
import { type Column, DataTable } from "~/ui/data-table.tsx";
import { Menu, MenuItem } from "~/ui/menu.tsx";
import { Page } from "~/ui/page.tsx";
import { Pagination } from "~/ui/pagination.tsx";
import { SearchBox } from "~/ui/search-box.tsx";
import { Empty, Failure } from "~/ui/state.tsx";
import { TimeAgo } from "~/ui/time.tsx";
import { DeleteDepartment } from "./delete-department.tsx";
import DepartmentDialog from "./department-dialog.tsx";
import { type DepartmentsSearch, departmentsPageQuery } from "./queries.ts";

type Department = Schemas["Department"];

/** Every department, to find, make, change and delete. */
export function DepartmentsPage({
  search,
  onSearch,
}: {
  search: DepartmentsSearch;
  onSearch: (search: Partial<DepartmentsSearch>) => void;
}) {
  const { t } = useTranslation(["department", "common"]);
  const navigate = useNavigate();
  const { data, error, refetch } = useQuery(departmentsPageQuery(search));
  const [edited, setEdited] = useState<Department | null>(null);
  const [doomed, setDoomed] = useState<Department | null>(null);
  const open = ({ id }: Department) => navigate({ to: "/departments/$id", params: { id } });
  const actions = (department: Department) => (
    <Actions
      name={department.name}
      onEdit={() => setEdited(department)}
      onDelete={() => setDoomed(department)}
    />
  );
  const columns: Column<Department>[] = [
    {
      id: "name",
      header: t("common:field.name"),
      width: 240,
      sort: "name",
      fixed: true,
      cell: (department) => <NameOf department={department} />,
    },
    {
      id: "description",
      header: t("common:field.description"),
      width: 420,
      cell: ({ description }) => (
        <span title={description} className="text-ink-2">
          {description}
        </span>
      ),
    },
    {
      id: "created_at",
      header: t("common:field.created"),
      width: 120,
      sort: "created_at",
      cell: (department) => <TimeAgo at={department.created_at} />,
    },
    { id: "actions", header: t("common:action.more"), quiet: true, width: 60, fixed: true, cell: actions },
  ];
  const create = (
    <Button look="primary" onClick={() => onSearch({ new: true })}>
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
            columns={columns}
            rows={data?.data}
            rowId={(department) => department.id}
            rowName={(department) => department.name}
            onOpen={open}
            sort={{
              sort_by: search.sort_by ?? "name",
              sort_dir: search.sort_dir ?? "asc",
              onChange: (sort) => onSearch({ ...(sort as DepartmentsSearch), offset: undefined }),
            }}
            card={(department) => (
              <div className="flex items-start gap-2">
                <div className="min-w-0 flex-1">
                  <NameOf department={department} />
                  <p className="foreign line-clamp-2 text-ink-2 text-sm">{department.description}</p>
                </div>
                {actions(department)}
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
                <Empty icon={<Building2 />} title={t("empty")} action={create}>
                  {t("emptyHint")}
                </Empty>
              )
            }
          />
        )}
        {data && <Pagination {...data.meta} onChange={(page) => onSearch(pageSearch(page))} />}
      </Card>
      {search.new && <DepartmentDialog onClose={() => onSearch({ new: undefined })} onSaved={open} />}
      {edited && (
        <DepartmentDialog
          department={edited}
          onClose={() => setEdited(null)}
          onSaved={() => setEdited(null)}
        />
      )}
      <DeleteDepartment department={doomed} onClose={() => setDoomed(null)} />
    </Page>
  );
}

function NameOf({ department }: { department: Department }) {
  return (
    <Link
      to="/departments/$id"
      params={{ id: department.id }}
      title={department.name}
      className="font-medium hover:underline max-md:line-clamp-2"
    >
      {department.name}
    </Link>
  );
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
