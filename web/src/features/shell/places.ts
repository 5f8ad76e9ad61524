import {
  Activity,
  Bell,
  Building2,
  ChartColumn,
  ChartLine,
  LayoutDashboard,
  ListChecks,
  type LucideIcon,
  ServerCog,
  Siren,
} from "lucide-react";

/**
 * Where the rail leads, in its order. `key` with "g" before it goes there; a list listens to keys of its own meanwhile,
 * so that none of them can be one of these.
 */
export const places = [
  { to: "/", name: "dashboard", icon: LayoutDashboard, key: "d" },
  { to: "/incidents", name: "incidents", icon: Siren, key: "i" },
  { to: "/explore", name: "metrics", icon: ChartLine, key: "m" },
  { to: "/rules", name: "rules", icon: ListChecks, key: "r" },
  { to: "/services", name: "services", icon: Activity, key: "s" },
  { to: "/departments", name: "departments", icon: Building2, key: "t" },
  { to: "/notifications", name: "notifications", icon: Bell, key: "n" },
  { to: "/analytics", name: "analytics", icon: ChartColumn, key: "l" },
  { to: "/system", name: "system", icon: ServerCog, key: "y" },
] as const satisfies readonly { to: string; name: string; icon: LucideIcon; key: string }[];

/** Whether a place stands in the bar at the bottom of a phone; the others are behind "More". */
export function onPhone(name: string): boolean {
  return ["dashboard", "incidents", "metrics", "notifications"].includes(name);
}
