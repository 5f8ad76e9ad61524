import { X } from "lucide-react";
import { type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import { useHotkeys } from "~/lib/hotkeys.ts";
import { Button, IconButton } from "~/ui/button.tsx";
import { Confirm } from "~/ui/dialog.tsx";
import { Menu, MenuGroup, MenuItem } from "~/ui/menu.tsx";
import { SeverityBadge, severities } from "~/ui/severity.tsx";
import { useAssigneeChoices } from "./choices.ts";
import { useMe } from "./known.ts";
import { type BulkAction, fitting } from "./use-bulk.ts";

type Incident = Schemas["Incident"];

/** What can be done to the selected rows. */
export function BulkBar({
  selected,
  pending,
  onRun,
  onClear,
}: {
  selected: readonly Incident[];
  pending: boolean;
  onRun: (incidents: readonly Incident[], action: BulkAction) => void;
  onClear: () => void;
}) {
  const { t } = useTranslation(["incident", "common"]);
  const me = useMe();
  const [closing, setClosing] = useState(false);
  const run = (action: BulkAction) => onRun(selected, action);
  const open = fitting(selected, { kind: "acknowledged" }).length;
  const live = fitting(selected, { kind: "closed" }).length;
  useHotkeys({
    a: () => run({ kind: "acknowledged" }),
    c: () => live > 0 && setClosing(true),
    Escape: onClear,
  });
  return (
    <section
      aria-label={t("bulk.label")}
      className="sticky bottom-18 z-20 mx-auto flex max-w-full flex-wrap items-center justify-center gap-2 rounded-lg border bg-raised p-2 shadow-pop md:bottom-4"
    >
      <span role="status" className="tabular px-1 font-medium text-sm">
        {t("common:table.selected", { count: selected.length })}
      </span>
      <Button
        look="primary"
        disabled={pending || open === 0}
        title={open === 0 ? t("bulk.noneOpen") : undefined}
        onClick={() => run({ kind: "acknowledged" })}
      >
        {t("action.acknowledge")}
      </Button>
      <Button
        disabled={pending || live === 0}
        title={live === 0 ? t("bulk.noneLive") : undefined}
        onClick={() => setClosing(true)}
      >
        {t("common:action.close")}
      </Button>
      <Button
        disabled={pending || me === undefined}
        onClick={() => me !== undefined && run({ kind: "assigned", name: me })}
      >
        {t("action.assignMe")}
      </Button>
      <BulkMenu trigger={<Button disabled={pending}>{t("common:action.more")}</Button>} onRun={run} />
      <IconButton label={t("bulk.clear")} onClick={onClear}>
        <X aria-hidden />
      </IconButton>
      <ConfirmClose
        incidents={fitting(selected, { kind: "closed" })}
        open={closing}
        onClose={() => setClosing(false)}
        onConfirm={() => run({ kind: "closed" })}
      />
    </section>
  );
}

function BulkMenu({
  trigger,
  onRun,
}: {
  trigger: ReactElement<Record<string, unknown>>;
  onRun: (action: BulkAction) => void;
}) {
  const { t } = useTranslation(["incident", "common"]);
  const { choices } = useAssigneeChoices([]);
  return (
    <Menu trigger={trigger}>
      <MenuGroup label={t("bulk.assign")}>
        {choices.slice(0, 12).map(({ value, label }) => (
          <MenuItem key={value} onClick={() => onRun({ kind: "assigned", name: value || null })}>
            <span className="foreign min-w-0">{label}</span>
          </MenuItem>
        ))}
      </MenuGroup>
      <MenuGroup label={t("common:field.severity")}>
        {severities.map((severity) => (
          <MenuItem key={severity} onClick={() => onRun({ kind: "judged", severity })}>
            <SeverityBadge severity={severity} quiet />
          </MenuItem>
        ))}
      </MenuGroup>
    </Menu>
  );
}

/** Asks before incidents are closed, and says what closing means while a rule is still violated. */
export function ConfirmClose({
  incidents,
  open,
  onClose,
  onConfirm,
}: {
  incidents: readonly Incident[];
  open: boolean;
  onClose: () => void;
  onConfirm: () => void;
}) {
  const { t } = useTranslation("incident");
  const violated = incidents.filter((incident) => !incident.recovered_at).length;
  const [first] = incidents;
  const title =
    incidents.length === 1 && first
      ? t("confirm.closeOne", { key: first.key })
      : t("confirm.closeMany", { count: incidents.length });
  return (
    <Confirm
      open={open}
      onClose={onClose}
      onConfirm={onConfirm}
      title={title}
      action={incidents.length === 1 ? t("action.close") : t("action.closeMany", { count: incidents.length })}
    >
      {violated === 0 && t("confirm.recovered")}
      {violated > 0 &&
        (incidents.length === 1
          ? t("confirm.stillViolated")
          : t("confirm.stillViolatedMany", { count: violated }))}
    </Confirm>
  );
}
