import type { Server } from "./server.ts";

/** The things that most tests need. */
export type World = {
  service: { id: string; key: string; name: string };
  department: { id: string };
  rule: { id: string };
};

/** Makes a service, a department and a rule: latency above 150 ms is HIGH. */
export async function world(server: Server, severity = "HIGH"): Promise<World> {
  const service = (await server.call("POST", "/services", { name: "Superonline" })).data;
  const department = (await server.call("POST", "/departments", { name: "Network Operations" })).data;
  const rule = (
    await server.call("POST", "/rules", {
      name: "High latency",
      metric_type: "LATENCY_MS",
      operator: ">",
      threshold: 150,
      severity,
      department_id: department.id,
    })
  ).data;
  return { service, department, rule };
}

/** Sends points that end now, one every `step` seconds. */
export async function send(
  server: Server,
  service: string,
  metricType: string,
  values: number[],
  step = 30,
): Promise<void> {
  const now = Date.now();
  const points = values.map((value, index) => ({
    service,
    metric_type: metricType,
    value,
    recorded_at: new Date(now - (values.length - 1 - index) * step * 1_000).toISOString(),
  }));
  await server.call("POST", "/metrics/batch", { points });
}

/** Opens an incident by a point that violates the rule of the world, and answers with it. */
export async function incident(server: Server, service: string, value = 412.5) {
  await server.call("POST", "/metrics", { service, metric_type: "LATENCY_MS", value });
  const answer = await server.until<{ id: string; key: string; version: number; service_id: string }>(
    `/incidents?status=OPEN&sort_by=number&sort_dir=desc`,
    ({ data }) => data.length > 0,
  );
  const [newest] = answer.data;
  if (!newest) throw new Error("no incident opened");
  return newest;
}
