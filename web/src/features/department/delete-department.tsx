import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import { errorText } from "~/api/problem.ts";
import { useDepartmentChanges } from "~/api/queries/departments.ts";
import { Confirm } from "~/ui/dialog.tsx";
import { toast } from "~/ui/toast.tsx";

/** Asks whether a department should go, and passes on the server's word when it may not. */
export function DeleteDepartment({
  department,
  onClose,
  onDeleted,
}: {
  department: Schemas["Department"] | null;
  onClose: () => void;
  onDeleted?: () => void;
}) {
  const { t } = useTranslation(["department", "common"]);
  const { remove } = useDepartmentChanges();
  const confirmed = async (id: string, name: string) => {
    try {
      await remove.mutateAsync(id);
      toast(t("common:state.deleted"), { detail: name });
      onDeleted?.();
    } catch (error) {
      toast(t("delete.failed", { name }), {
        kind: "error",
        detail: errorText(error) || t("common:state.serverError"),
      });
    }
  };
  return (
    <Confirm
      open={department !== null}
      onClose={onClose}
      onConfirm={() => department && confirmed(department.id, department.name)}
      title={t("common:confirm.delete", { name: department?.name ?? "" })}
      action={t("common:action.delete")}
    >
      {t("delete.what")}
    </Confirm>
  );
}
