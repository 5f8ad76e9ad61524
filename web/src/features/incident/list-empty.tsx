import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ShieldCheck, Siren } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import { rulesQuery } from "~/api/queries/rules.ts";
import { OWN_SERVICE, servicesQuery } from "~/api/queries/services.ts";
import { pointCommand } from "~/lib/curl.ts";
import { Button, buttonClass } from "~/ui/button.tsx";
import { Empty, Snippet } from "~/ui/state.tsx";
import { cleared, isFiltered, type ListSearch } from "./search.ts";

/** What stands there instead of rows: nothing wrong, nothing found, or nothing yet. */
export function ListEmpty({
  search,
  total,
  onSearch,
}: {
  search: ListSearch;
  total: number;
  onSearch: (search: ListSearch) => void;
}) {
  const { t } = useTranslation(["incident", "common"]);
  if (total > 0) {
    const first = () => onSearch({ ...search, offset: undefined });
    return (
      <Empty title={t("empty.pastEnd")} action={<Button onClick={first}>{t("empty.firstPage")}</Button>} />
    );
  }
  if (!isFiltered(search)) return <NothingYet />;
  const clear = <Button onClick={() => onSearch(cleared(search))}>{t("common:action.clearFilters")}</Button>;
  const onlyLive = !isFiltered({ ...search, status: undefined }) && search.status === "OPEN,IN_PROGRESS";
  if (onlyLive) {
    return (
      <Empty
        icon={<ShieldCheck className="text-good" />}
        title={t("empty.quiet")}
        action={
          <Link to="/incidents" className={buttonClass()}>
            {t("empty.all")}
          </Link>
        }
      >
        {t("empty.quietHint")}
      </Empty>
    );
  }
  return (
    <Empty title={t("common:state.noResult")} action={clear}>
      {t("common:state.noResultHint")}
    </Empty>
  );
}

/** Teaches what opens an incident, with a command that opens the first one. */
function NothingYet() {
  const { t } = useTranslation(["incident", "common"]);
  const rules = useQuery(rulesQuery({ enabled: true, limit: 20 })).data?.data;
  const services = useQuery(servicesQuery({ limit: 20 })).data?.data.filter(({ key }) => key !== OWN_SERVICE);
  // A rule with conditions on labels would need a point that has them.
  const rule = rules?.find((each) => each.labels.length === 0);
  const ids = rule?.service_ids;
  const service = services?.find((each) => ids?.length === 0 || ids?.includes(each.id));
  const newRule = (
    <Link to="/rules/new" className={buttonClass(rules?.length === 0 ? "primary" : "secondary")}>
      {t("empty.newRule")}
    </Link>
  );
  return (
    <Empty icon={<Siren />} title={t("empty.none")} action={newRule}>
      <p>{t("empty.noneHint")}</p>
      {rule && service && (
        <>
          <p className="foreign mt-3">{t("empty.tryIt", { rule: rule.name })}</p>
          <Snippet label={t("empty.command")} code={commandFor(rule, service)} />
        </>
      )}
      {services?.length === 0 && <p className="mt-3">{t("empty.noService")}</p>}
    </Empty>
  );
}

function commandFor(rule: Schemas["Rule"], service: Schemas["Service"]): string {
  return pointCommand(location.origin, {
    service: service.key,
    metric_type: rule.metric_type,
    value: violating(rule),
  });
}

/** A value that violates a rule and is probably in the range of its metric type. */
function violating({ operator, threshold }: Schemas["Rule"]): number {
  if (operator === ">" || operator === "!=") return threshold + 1;
  return operator === "<" ? threshold - 1 : threshold;
}
