import { describe, expect, test } from "vitest";
import type { Schemas } from "~/api/client.ts";
import { chartSpan, violated } from "./spans.ts";

const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();
const ms = (minute: number) => Date.UTC(2026, 0, 1, 0, minute);
const incident = {
  opened_at: at(0),
  created_at: at(0),
  recovered_at: null as string | null,
  closed_at: null as string | null,
  last_violation_at: at(20),
  operator: ">" as const,
  threshold: 10,
};
const turn = (kind: Schemas["TimelineKind"], minute: number): Schemas["TimelineEvent"] => ({
  id: String(minute),
  incident_id: "i",
  kind,
  created_at: at(minute),
});
const flapping = [turn("RECOVERED", 5), turn("VIOLATED_AGAIN", 12), turn("RECOVERED", 15)];

describe("the rule was violated", () => {
  test("until now while nothing says otherwise", () => {
    expect(violated(incident, [], [], 60_000, ms(30))).toEqual([{ from: ms(0), to: ms(30) }]);
  });

  test("until the last violation when it was closed before it recovered", () => {
    expect(violated({ ...incident, closed_at: at(60) }, [], [], 60_000, ms(90))).toEqual([
      { from: ms(0), to: ms(20) },
    ]);
  });

  test("in stretches when it recovered in between, in whatever order the history comes", () => {
    const stretches = [
      { from: ms(0), to: ms(5) },
      { from: ms(12), to: ms(15) },
    ];
    const recovered = { ...incident, recovered_at: at(15) };
    expect(violated(recovered, flapping, [], 60_000, ms(30))).toEqual(stretches);
    expect(violated(recovered, flapping.toReversed(), [], 60_000, ms(30))).toEqual(stretches);
  });

  test("as the buckets say when the points are of another time than the server's clock", () => {
    const old = { ...incident, created_at: at(600), recovered_at: at(15) };
    const bucket = (minute: number, max: number) => ({ start: at(minute), min: 0, max });
    const buckets = [
      bucket(-1, 99),
      bucket(0, 11),
      bucket(1, 12),
      bucket(2, 10),
      bucket(11, 30),
      bucket(14, 30),
      bucket(15, 30),
    ];
    expect(violated(old, flapping, buckets, 60_000, ms(700))).toEqual([
      { from: ms(0), to: ms(2) },
      { from: ms(11), to: ms(15) },
    ]);
  });
});

test("the chart begins before the incident opened and ends after it was closed", () => {
  expect(chartSpan({ ...incident, closed_at: at(90) }, ms(500))).toEqual({
    from: ms(-20),
    to: ms(90) + (20 * 60_000) / 3,
  });
});

test("the beginning of the chart of a live incident stays while time goes by", () => {
  expect(chartSpan(incident, ms(21)).from).toBe(ms(-10));
  expect(chartSpan(incident, ms(49)).from).toBe(ms(-10));
  expect(chartSpan(incident, ms(60)).from).toBe(ms(-20));
});
