import { useTranslation } from "react-i18next";
import { useLiveState } from "~/api/live/index.ts";
import { cx } from "~/lib/class.ts";
import { useNow } from "~/lib/now.ts";
import { clockTime } from "~/lib/time.ts";
import { Tip } from "~/ui/tip.tsx";

/** Entries a consumer may be behind before it is worth a word. */
const BEHIND = 1_000;

/** Whether what is shown is true right now. */
export function LiveDot() {
  const { t, i18n } = useTranslation("shell");
  const state = useLiveState();
  const now = useNow();
  const behind = state.kind === "connected" && state.lag > BEHIND;
  const name = state.kind === "connected" && behind ? "behind" : state.kind;
  const since = state.kind === "lost" ? clockTime(state.since, now, i18n.language) : "";
  const lag = state.kind === "connected" ? state.lag : 0;
  return (
    <Tip text={t(`live.${name}Hint`, { since, lag })}>
      <span
        role="status"
        className="inline-flex h-8 items-center gap-2 whitespace-nowrap px-1 text-ink-2 text-sm"
      >
        <span
          aria-hidden
          className={cx(
            "size-2 rounded-full",
            { connecting: "bg-line-strong", connected: "bg-good", behind: "bg-medium", lost: "bg-critical" }[
              name
            ],
          )}
        />
        <span className={cx(name === "connected" ? "max-lg:sr-only" : "max-sm:sr-only")}>
          {t(`live.${name}`, { since })}
        </span>
        {name === "lost" && (
          <span aria-hidden className="sm:hidden">
            {t("live.lostShort")}
          </span>
        )}
      </span>
    </Tip>
  );
}
