import { describe, expect, test } from "vitest";
import type { Schemas } from "~/api/client.ts";
import { changedFields, draftOf, newDraft, patchOf, requestOf, trialOf } from "./draft.ts";

const rule: Schemas["Rule"] = {
  id: "0199d5a0-0000-7000-8000-000000000001",
  name: "High latency",
  description: "",
  metric_type: "LATENCY_MS",
  operator: ">",
  threshold: 150,
  severity: "HIGH",
  department_id: "0199d5a0-0000-7000-8000-000000000002",
  enabled: true,
  service_ids: [],
  labels: [{ name: "region", operator: "=", value: "eu" }],
  version: 3,
  created_at: "2026-01-01T00:00:00Z",
  updated_at: "2026-01-01T00:00:00Z",
};
const latency = { key: "LATENCY_MS", name: "Latency", unit: "ms", min: 0, max: null, built_in: true };
const errors = { key: "ERROR_RATE", name: "Error rate", unit: "%", min: 0, max: 100, built_in: true };
const operations = {
  id: "0199d5a0-0000-7000-8000-000000000002",
  name: "Operations",
  description: "",
  created_at: rule.created_at,
  updated_at: rule.updated_at,
};

describe("a new draft", () => {
  test("begins with latency and leaves the choice among departments to the person", () => {
    const draft = newDraft({ metricTypes: [errors, latency], departments: [operations, operations] });
    expect(draft).toMatchObject({ metric_type: "LATENCY_MS", department_id: null, threshold: null });
  });

  test("takes the only department, and what the page that led here knows", () => {
    const draft = newDraft({
      metricTypes: [errors, latency],
      departments: [operations],
      metricType: "ERROR_RATE",
      serviceId: "s",
    });
    expect(draft).toMatchObject({
      metric_type: "ERROR_RATE",
      department_id: operations.id,
      service_ids: ["s"],
    });
  });

  test("asks for a metric type that is not known with one that is", () => {
    const draft = newDraft({ metricTypes: [errors], departments: [], metricType: "NOPE" });
    expect(draft.metric_type).toBe("ERROR_RATE");
  });
});

describe("requests", () => {
  const draft = draftOf(rule);

  test("a copy of a rule asks for the same rule", () => {
    const { id: _, version: __, created_at: ___, updated_at: ____, ...fields } = rule;
    expect(requestOf(draft)).toEqual(fields);
  });

  test("what is not chosen is left out for the server to ask for", () => {
    const request = requestOf({ ...draft, threshold: null, department_id: null });
    expect(Object.keys(request)).not.toContain("threshold");
    expect(Object.keys(request)).not.toContain("department_id");
  });

  test("rows of labels that nobody wrote into are no conditions", () => {
    const labels = [...draft.labels, { name: "", operator: "=~" as const, value: "" }];
    expect(requestOf({ ...draft, labels }).labels).toEqual(draft.labels);
    expect(patchOf(draft, { labels }).labels).toEqual(draft.labels);
  });

  test("a patch holds only what differs", () => {
    expect(patchOf(draft, { name: "High latency", threshold: 200, service_ids: [] })).toEqual({
      threshold: 200,
    });
  });

  test("a change back to what it was is none", () => {
    expect(changedFields(draft, { enabled: true, labels: [...draft.labels] })).toEqual({});
    expect(changedFields(draft, { enabled: false })).toEqual({ enabled: false });
  });
});

describe("a trial", () => {
  test("is of the condition as it stands, on or off", () => {
    const trial = trialOf({ ...draftOf(rule), enabled: false, name: "" }, null);
    expect(trial).toMatchObject({ metric_type: "LATENCY_MS", operator: ">", threshold: 150 });
    expect(Object.keys(trial)).not.toContain("enabled");
    expect(Object.keys(trial)).not.toContain("name");
  });

  test("without a threshold takes one that nothing is above, whatever the comparison", () => {
    const draft = { ...draftOf(rule), threshold: null, operator: "<" as const };
    expect(trialOf(draft, 100)).toMatchObject({ operator: ">", threshold: 100 });
    expect(trialOf(draft, null)).toMatchObject({ operator: ">", threshold: 1e100 });
  });
});
