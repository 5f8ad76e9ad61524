import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { CheckCheck, Inbox as InboxIcon } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import { MOST } from "~/api/client.ts";
import { departmentsQuery } from "~/api/queries/departments.ts";
import { notificationsQuery } from "~/api/queries/notifications.ts";
import { cx } from "~/lib/class.ts";
import { useHotkeys } from "~/lib/hotkeys.ts";
import { pageSearch } from "~/lib/list-search.ts";
import { Button, buttonClass } from "~/ui/button.tsx";
import { Card } from "~/ui/card.tsx";
import { Page } from "~/ui/page.tsx";
import { Pagination } from "~/ui/pagination.tsx";
import { Empty, Failure, Skeleton } from "~/ui/state.tsx";
import { InboxFilters } from "./filters.tsx";
import { useMark, useMarkAll } from "./mutations.ts";
import { Preview } from "./preview.tsx";
import { Row, rowId } from "./row.tsx";
import { type InboxSearch, inboxParams, isFiltered, PAGE_SIZE, selectedWithout, stepFrom } from "./search.ts";
import { useWide } from "./wide.ts";

/** What the departments were told: a list, and beside it the incident in short. */
export function Inbox({
  search,
  onChange,
  onSelect,
}: {
  search: InboxSearch;
  onChange: (search: InboxSearch) => void;
  /** Selecting does not add to the history. */
  onSelect: (id: string | undefined) => void;
}) {
  const { t } = useTranslation(["notification", "common"]);
  const navigate = useNavigate();
  const wide = useWide();
  const { data, error, refetch } = useQuery(notificationsQuery(inboxParams(search)));
  const departments = useQuery(departmentsQuery({ limit: MOST })).data?.data ?? [];
  const names = new Map(departments.map(({ id, name }) => [id, name]));
  const mark = useMark();
  const markAll = useMarkAll();
  const notifications = data?.data;
  const ids = (notifications ?? []).map((each) => each.id);
  const selected = useSelected(notifications, search.selected, wide);

  const markOne = (notification: Schemas["Notification"], read: boolean) => {
    // What is read leaves a list of the unread; the selection moves on before it does.
    if (read && search.unread && notification.id === selected?.id) {
      onSelect(selectedWithout(ids, notification.id));
    }
    mark.mutate({ notification, read });
  };
  const markOpened = (notification: Schemas["Notification"]) => {
    if (!notification.is_read) mark.mutate({ notification, read: true });
  };
  const move = (step: number) => {
    const next = stepFrom(ids, selected?.id, step);
    if (next === undefined) return;
    onSelect(next);
    document.getElementById(rowId(next))?.focus();
  };
  const open = (event: KeyboardEvent) => {
    const focused = document.activeElement;
    // On another link or button Enter has its own meaning.
    if (!selected || (focused !== document.body && focused?.id !== rowId(selected.id))) return;
    // Enter would press the row's button too, and so select it.
    event.preventDefault();
    markOpened(selected);
    navigate({ to: "/incidents/$key", params: { key: selected.incident_key } });
  };
  useHotkeys({
    j: () => move(1),
    k: () => move(-1),
    Enter: open,
    o: open,
    e: () => selected && markOne(selected, true),
    u: () => selected && markOne(selected, false),
  });

  const besides = wide && notifications?.length !== 0;
  const chosen = search.department_id;
  const markAllLabel = chosen ? t("markAllOf", { count: chosen.length }) : t("markAll");
  return (
    <Page
      name={t("name")}
      actions={
        <Button disabled={markAll.isPending} title={markAllLabel} onClick={() => markAll.mutate(chosen)}>
          <CheckCheck aria-hidden />
          {markAllLabel}
        </Button>
      }
    >
      <InboxFilters search={search} departments={departments} onChange={onChange} />
      <div className={cx("grid items-start gap-4", besides && "grid-cols-[minmax(0,3fr)_minmax(0,2fr)]")}>
        <Card flush>
          {error && !data ? (
            <Failure error={error} onRetry={refetch} />
          ) : notifications?.length === 0 ? (
            <Nothing search={search} onChange={onChange} />
          ) : (
            <ul aria-label={t("list")} className="divide-y overflow-hidden rounded-t-lg">
              {!notifications && <Skeletons />}
              {notifications?.map((each) => (
                <Row
                  key={each.id}
                  notification={each}
                  department={names.get(each.department_id)}
                  selected={wide && each.id === selected?.id}
                  onSelect={wide ? () => onSelect(each.id) : undefined}
                  onOpen={() => markOpened(each)}
                  onMark={(read) => markOne(each, read)}
                />
              ))}
            </ul>
          )}
          {data && (
            <Pagination
              total={data.meta.total}
              totalIsAtLeast={data.meta.total_is_at_least}
              limit={search.limit ?? PAGE_SIZE}
              offset={search.offset ?? 0}
              onChange={(page) => onChange({ ...search, ...pageSearch(page), selected: undefined })}
            />
          )}
        </Card>
        {besides && (
          <div className="sticky top-16">
            <Preview
              notification={selected}
              departments={names}
              onOpen={() => selected && markOpened(selected)}
            />
          </div>
        )}
      </div>
    </Page>
  );
}

/**
 * The selected notification. Where there is a preview, the first one is shown until one is selected, and stays while
 * newer ones come in above it.
 */
function useSelected(
  notifications: readonly Schemas["Notification"][] | undefined,
  asked: string | undefined,
  wide: boolean,
): Schemas["Notification"] | undefined {
  const [shown, setShown] = useState<string>();
  const find = (id: string | undefined) => notifications?.find((each) => each.id === id);
  const selected = find(asked) ?? (wide ? (find(shown) ?? notifications?.[0]) : undefined);
  if (selected && selected.id !== shown) setShown(selected.id);
  return selected;
}

function Nothing({ search, onChange }: { search: InboxSearch; onChange: (search: InboxSearch) => void }) {
  const { t } = useTranslation(["notification", "common"]);
  const clear = (
    <Button onClick={() => onChange({ limit: search.limit })}>{t("common:action.clearFilters")}</Button>
  );
  const { unread, ...others } = search;
  if (unread && !isFiltered(others)) {
    return (
      <Empty icon={<CheckCheck />} title={t("empty.allRead")} action={clear}>
        {t("empty.allReadText")}
      </Empty>
    );
  }
  if (isFiltered(search)) {
    return (
      <Empty title={t("common:state.noResult")} action={clear}>
        {t("common:state.noResultHint")}
      </Empty>
    );
  }
  return (
    <Empty
      icon={<InboxIcon />}
      title={t("empty.title")}
      action={
        <Link to="/rules" className={buttonClass()}>
          {t("empty.rules")}
        </Link>
      }
    >
      {t("empty.text")}
    </Empty>
  );
}

const skeletons = Array.from({ length: 8 }, (_, index) => `skeleton-${index}`);

function Skeletons() {
  return skeletons.map((key) => (
    <li key={key} className="flex flex-col gap-2 px-4 py-3">
      <Skeleton className="h-4 w-3/4" />
      <Skeleton className="h-4 w-1/2" />
    </li>
  ));
}
