import type { texts } from "./en/index.ts";
import type system from "./en/system.json";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "common";
    resources: typeof texts & { system: typeof system };
    returnNull: false;
  }
}
