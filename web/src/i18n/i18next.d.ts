import type analytics from "./en/analytics.json";
import type { texts } from "./en/index.ts";
import type system from "./en/system.json";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "common";
    resources: typeof texts & { analytics: typeof analytics; system: typeof system };
    returnNull: false;
  }
}
