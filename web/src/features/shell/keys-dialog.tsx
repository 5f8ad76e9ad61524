import { useTranslation } from "react-i18next";
import { Dialog } from "~/ui/dialog.tsx";
import { places } from "./places.ts";

/** The list of keys. */
export default function KeysDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("shell");
  const everywhere: [string, string][] = [
    ["Ctrl K", t("keys.palette")],
    ["?", t("keys.title")],
    ...places.map(({ key, name }): [string, string] => [
      `g ${key}`,
      t("keys.goto", { place: t(`place.${name}`) }),
    ]),
  ];
  const lists: [string, string][] = [
    ["j  k", t("keys.move")],
    ["Enter", t("keys.open")],
    ["x", t("keys.select")],
    ["/", t("keys.search")],
    ["a", t("keys.acknowledge")],
    ["c", t("keys.close")],
    ["u", t("keys.unread")],
    ["e", t("keys.read")],
  ];
  return (
    <Dialog open onClose={onClose} title={t("keys.title")}>
      <div className="grid gap-6 sm:grid-cols-2">
        <Group name={t("keys.everywhere")} keys={everywhere} />
        <Group name={t("keys.lists")} keys={lists} />
      </div>
    </Dialog>
  );
}

function Group({ name, keys }: { name: string; keys: [string, string][] }) {
  return (
    <section>
      <h3 className="mb-2 font-medium text-ink-2 text-sm">{name}</h3>
      <dl className="grid grid-cols-[auto_1fr] items-center gap-x-4 gap-y-1.5 text-sm">
        {keys.map(([key, meaning]) => (
          <div key={key} className="contents">
            <dt>
              <kbd className="rounded-sm border bg-sunken px-1.5 py-0.5 text-xs">{key}</kbd>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
