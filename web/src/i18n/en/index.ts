import common from "./common.json";
import dashboard from "./dashboard.json";
import department from "./department.json";
import incident from "./incident.json";
import metric from "./metric.json";
import notification from "./notification.json";
import rule from "./rule.json";
import service from "./service.json";
import shell from "./shell.json";

/**
 * The English texts, one namespace for each feature; they are the list of keys that other languages follow.
 * Those of pages that few open are in `later.ts`.
 */
export const texts = { common, dashboard, department, incident, metric, notification, rule, service, shell };
