import { useTranslation } from "react-i18next";

const named = ["evaluator", "dispatcher", "indexer", "elastic"] as const;

/** How a worker is called. One that is not known is called as the server calls it. */
export function useWorkerName(): (name: string) => string {
  const { t } = useTranslation("system");
  return (name) => {
    const known = named.find((each) => each === name);
    return known ? t(`workers.label.${known}`) : name;
  };
}

/** What a worker does; empty when it is not known. */
export function useWorkerTask(): (name: string) => string {
  const { t } = useTranslation("system");
  return (name) => {
    const known = named.find((each) => each === name);
    return known ? t(`workers.does.${known}`) : "";
  };
}
