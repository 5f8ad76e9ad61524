export { Chart } from "./chart.tsx";
export type { ChartBand, ChartMarker, ChartPoint, ChartSeries, ChartThreshold } from "./model.ts";
