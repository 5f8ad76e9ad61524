import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import { errorText } from "~/api/problem.ts";
import { useServiceChanges } from "~/api/queries/services.ts";
import { Confirm } from "~/ui/dialog.tsx";
import { toast } from "~/ui/toast.tsx";

/** Asks whether a service should go, says what stays, and passes on the server's word when it may not. */
export function DeleteService({
  service,
  onClose,
  onDeleted,
}: {
  service: Schemas["Service"] | null;
  onClose: () => void;
  onDeleted?: () => void;
}) {
  const { t } = useTranslation(["service", "common"]);
  const { remove } = useServiceChanges();
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
      open={service !== null}
      onClose={onClose}
      onConfirm={() => service && confirmed(service.id, service.name)}
      title={t("common:confirm.delete", { name: service?.name ?? "" })}
      action={t("common:action.delete")}
    >
      {t("delete.what")}
    </Confirm>
  );
}
