export { Chart } from "./chart.tsx";
export { Swatch } from "./legend.tsx";
export type { ChartBand, ChartMarker, ChartPoint, ChartSeries, ChartThreshold } from "./model.ts";
export { chartPicture } from "./picture.ts";
