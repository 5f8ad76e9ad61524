import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Pencil, Trash2 } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import { departmentUnreadQuery } from "~/api/queries/departments.ts";
import { Button, buttonClass, IconButton } from "~/ui/button.tsx";
import { Card, Facts } from "~/ui/card.tsx";
import { Page } from "~/ui/page.tsx";
import { Skeleton } from "~/ui/state.tsx";
import { TimeAgo } from "~/ui/time.tsx";
import { DeleteDepartment } from "./delete-department.tsx";
import DepartmentDialog from "./department-dialog.tsx";

type Department = Schemas["Department"];

/** One department: what is live for it, what it has not read, its rules. */
export function DepartmentPage({
  department,
  incidents,
  rules,
  onSaved,
  onDeleted,
}: {
  department: Department;
  /** The card with its incidents. */
  incidents: ReactNode;
  /** The card with its rules. */
  rules: ReactNode;
  onSaved: () => void;
  onDeleted: () => void;
}) {
  const { t } = useTranslation(["department", "common"]);
  const [editing, setEditing] = useState(false);
  const [deleting, setDeleting] = useState(false);
  return (
    <Page
      name={department.name}
      title={
        <span className="line-clamp-3" title={department.name}>
          {department.name}
        </span>
      }
      actions={
        <>
          <Button onClick={() => setEditing(true)}>
            <Pencil aria-hidden />
            {t("common:action.edit")}
          </Button>
          <IconButton label={t("common:action.delete")} look="danger" onClick={() => setDeleting(true)}>
            <Trash2 aria-hidden />
          </IconButton>
        </>
      }
    >
      {department.description && <p className="foreign -mt-2 text-ink-2">{department.description}</p>}
      <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,1fr)_22rem]">
        {incidents}
        <div className="grid items-start gap-4 md:grid-cols-2 xl:grid-cols-1">
          <Inbox id={department.id} />
          {rules}
          <Card title={t("facts")}>
            <Facts
              facts={[
                [t("common:field.created"), <TimeAgo key="created" at={department.created_at} />],
                [t("common:field.updated"), <TimeAgo key="updated" at={department.updated_at} />],
                [
                  t("id"),
                  <code key="id" className="text-xs">
                    {department.id}
                  </code>,
                ],
              ]}
            />
          </Card>
        </div>
      </div>
      {editing && (
        <DepartmentDialog
          department={department}
          onClose={() => setEditing(false)}
          onSaved={() => {
            setEditing(false);
            onSaved();
          }}
        />
      )}
      <DeleteDepartment
        department={deleting ? department : null}
        onClose={() => setDeleting(false)}
        onDeleted={onDeleted}
      />
    </Page>
  );
}

function Inbox({ id }: { id: string }) {
  const { t } = useTranslation("department");
  const unread = useQuery(departmentUnreadQuery(id)).data;
  return (
    <Card title={t("inbox.title")}>
      <div className="flex flex-wrap items-center justify-between gap-2">
        {unread === undefined ? (
          <Skeleton className="h-5 w-40" />
        ) : (
          <p className={unread > 0 ? "font-medium" : "text-ink-2"}>
            {unread > 0 ? t("inbox.unread", { count: unread }) : t("inbox.none")}
          </p>
        )}
        <Link to="/notifications" search={{ department_id: [id] }} className={buttonClass()}>
          {t("inbox.open")}
        </Link>
      </div>
    </Card>
  );
}
