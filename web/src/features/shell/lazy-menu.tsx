import { type ReactNode, Suspense, useState } from "react";

/** What loads a menu: the click on its button. */
type Load = { onClick: () => void };

/** Shows the button of a menu, and loads the menu itself, already open, when the button is pressed. */
export function LazyMenu({ button, children }: { button: (load: Load) => ReactNode; children: ReactNode }) {
  const [wanted, setWanted] = useState(false);
  const closed = button({ onClick: () => setWanted(true) });
  return wanted ? <Suspense fallback={closed}>{children}</Suspense> : closed;
}
