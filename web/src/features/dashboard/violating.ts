/** A value that a rule would call a violation, for an example. */
export function violating(operator: string, threshold: number): number {
  const step = Math.max(1, Math.round(Math.abs(threshold) * 0.2));
  switch (operator) {
    case "<":
    case "<=":
      return threshold - step;
    case "==":
      return threshold;
    default:
      return threshold + step;
  }
}
