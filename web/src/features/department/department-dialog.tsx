import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import { ApiError, hasStatus } from "~/api/problem.ts";
import { useDepartmentChanges } from "~/api/queries/departments.ts";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { Field, Input, TextArea } from "~/ui/field.tsx";
import { toast } from "~/ui/toast.tsx";

type Department = Schemas["Department"];

/** Creates a department, or changes one. */
export default function DepartmentDialog({
  department,
  onClose,
  onSaved,
}: {
  /** The department to change; a new one when absent. */
  department?: Department;
  onClose: () => void;
  onSaved: (department: Department) => void;
}) {
  const { t } = useTranslation(["department", "common"]);
  const [name, setName] = useState(department?.name ?? "");
  const [description, setDescription] = useState(department?.description ?? "");
  const [failure, setFailure] = useState<unknown>();
  const { create, update } = useDepartmentChanges();
  const busy = create.isPending || update.isPending;
  const fields = fieldsOf(failure);

  const save = async (event: FormEvent) => {
    event.preventDefault();
    const request = { name: name.trim(), description: description.trim() };
    try {
      const saved = department
        ? await update.mutateAsync({ id: department.id, ...request })
        : await create.mutateAsync(request);
      toast(t(department ? "common:state.saved" : "common:state.created"), { detail: saved.name });
      onSaved(saved);
    } catch (error) {
      setFailure(error);
    }
  };

  return (
    <Dialog open onClose={onClose} title={department ? t("edit", { name: department.name }) : t("new")}>
      <form onSubmit={save} className="flex flex-col gap-4">
        <Field label={t("common:field.name")} error={fields.get("/name")}>
          <Input
            autoFocus
            required
            maxLength={200}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        </Field>
        <Field label={t("common:field.description")} optional error={fields.get("/description")}>
          <TextArea
            maxLength={2000}
            value={description}
            onChange={(event) => setDescription(event.target.value)}
          />
        </Field>
        {failure !== undefined && fields.size === 0 && (
          <p role="alert" className="foreign text-critical text-sm">
            {(failure instanceof Error && failure.message) || t("common:state.serverError")}
          </p>
        )}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t("common:action.cancel")}</Button>
          <Button type="submit" look="primary" disabled={busy}>
            {t(department ? "common:action.save" : "common:action.create")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** What the server said of each field. A conflict is always about the name. */
function fieldsOf(failure: unknown): ReadonlyMap<string, string> {
  if (hasStatus(failure, 409)) return new Map([["/name", failure.message]]);
  return failure instanceof ApiError ? failure.fields : new Map();
}
