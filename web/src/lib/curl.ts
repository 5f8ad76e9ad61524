/** The command that sends one point, ready to be pasted into a shell. */
export function pointCommand(
  origin: string,
  point: { service: string; metric_type: string; value: number },
): string {
  const { service, metric_type, value } = point;
  return [
    `curl ${origin}/api/metrics \\`,
    "  -H 'Content-Type: application/json' \\",
    `  -d '${JSON.stringify({ service, metric_type, value })}'`,
  ].join("\n");
}
