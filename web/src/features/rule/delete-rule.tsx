import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import { Confirm } from "~/ui/dialog.tsx";
import { useDelete } from "./mutations.ts";

/** Asks whether a rule shall be deleted, and deletes it. */
export function DeleteRule({
  rule,
  onClose,
  onDeleted,
}: {
  /** The rule that is asked about; nothing is asked without one. */
  rule: Schemas["Rule"] | null;
  onClose: () => void;
  onDeleted?: () => void;
}) {
  const { t } = useTranslation(["rule", "common"]);
  const remove = useDelete(onDeleted);
  return (
    <Confirm
      open={rule !== null}
      onClose={onClose}
      onConfirm={() => rule && remove.mutate(rule)}
      title={t("delete.title", { name: rule?.name ?? "" })}
      action={t("common:action.delete")}
    >
      {t("delete.text")}
    </Confirm>
  );
}
