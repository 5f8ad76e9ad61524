import { useNavigate } from "@tanstack/react-router";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLive } from "~/api/live/index.ts";
import { useHotkeys } from "~/lib/hotkeys.ts";
import { useCalls } from "./alerts.ts";
import { BottomBar } from "./bottom-bar.tsx";
import { useCounts } from "./counts.ts";
import { Keys, showKeys } from "./keys.tsx";
import { places } from "./places.ts";
import { Rail } from "./rail.tsx";
import { TopBar } from "./top-bar.tsx";

const Palette = lazy(() => import("./palette.tsx"));

/** What stands around every page: the rail, the top bar, the palette, the live connection. */
export function Frame({ children }: { children: ReactNode }) {
  const { t } = useTranslation("shell");
  const navigate = useNavigate();
  const [palette, setPalette] = useState(false);
  const counts = useCounts();
  useLive();
  useCalls((key) => navigate({ to: "/incidents/$key", params: { key } }));
  useHotkeys({
    "$mod+k": (event) => {
      event.preventDefault();
      setPalette(true);
    },
    "Shift+?": showKeys,
    ...Object.fromEntries(places.map(({ key, to }) => [`g ${key}`, () => navigate({ to })])),
  });
  return (
    <div className="isolate-root flex min-h-dvh">
      <a
        href="#content"
        className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:rounded-md focus:bg-accent focus:px-3 focus:py-1 focus:text-accent-ink"
      >
        {t("skip")}
      </a>
      <Rail counts={counts} />
      <div className="flex min-w-0 flex-1 flex-col">
        <TopBar unread={counts.notifications ?? 0} onSearch={() => setPalette(true)} />
        <main id="content" tabIndex={-1} className="flex-1 pb-16 outline-none md:pb-4">
          {children}
        </main>
      </div>
      <BottomBar counts={counts} />
      <Keys />
      {palette && (
        <Suspense>
          <Palette onClose={() => setPalette(false)} />
        </Suspense>
      )}
    </div>
  );
}
