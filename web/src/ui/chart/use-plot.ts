import { type RefObject, useEffect, useEffectEvent, useLayoutEffect, useRef, useState } from "react";
import uPlot from "uplot";
import { addGestures } from "./gestures.ts";
import { unitsOf } from "./model.ts";
import { dataOf, type Listeners, options, type Scene, shownUnits } from "./plot.ts";

type Options = Listeners & {
  scene: Scene;
  height: number;
  sync: string | undefined;
  theme: string;
  zooms: boolean;
  pans: boolean;
  pan: (from: number, to: number) => void;
  click: (left: number) => void;
  ready: (canvas: HTMLCanvasElement) => void;
};

/**
 * Keeps a uPlot in the box true to the scene. A new plot is made only when the lines, the units, the theme or the
 * language are others; new data, marks, sizes and hidden lines are told to the one that is there, so that the
 * crosshair stays and nothing flickers.
 */
export function usePlot(
  box: RefObject<HTMLElement | null>,
  given: Options,
): { plot: RefObject<uPlot | null>; width: number } {
  const { scene, height, sync, theme, zooms } = given;
  const plot = useRef<uPlot | null>(null);
  const current = useRef(scene);
  const width = useWidth(box);
  const hover = useEffectEvent(given.hover);
  const zoom = useEffectEvent(given.zoom);
  const ready = useEffectEvent(given.ready);
  const click = useEffectEvent(given.click);
  const pans = useEffectEvent(() => given.pans);
  const preview = useEffectEvent((by: number) => {
    const span = { from: scene.span.from + by, to: scene.span.to + by };
    current.current = { ...scene, span };
    plot.current?.setScale("x", { min: span.from / 1_000, max: span.to / 1_000 });
  });
  const pan = useEffectEvent((by: number) => {
    if (by !== 0) given.pan(scene.span.from + by, scene.span.to + by);
  });
  const { series, thresholds, hidden } = scene;
  const kind = JSON.stringify([
    series.map((line) => [line.name, line.unit, line.faint, line.colour]),
    unitsOf(series, thresholds),
    shownUnits(scene),
    [scene.language, theme, sync, zooms],
  ]);

  useLayoutEffect(() => {
    current.current = scene;
  });

  // biome-ignore lint/correctness/useExhaustiveDependencies: the kind stands for all that needs a new plot
  useEffect(() => {
    const element = box.current;
    if (!element || width === 0) return;
    const made = new uPlot(
      options(() => current.current, { width, height }, sync, zooms, { hover, zoom }),
      dataOf(current.current),
      element,
    );
    addGestures(made, { pans, preview, pan, click });
    plot.current = made;
    ready(made.ctx.canvas);
    return () => {
      made.destroy();
      plot.current = null;
      hover(null, -1);
    };
  }, [kind, width === 0]);

  useEffect(() => {
    const made = plot.current;
    if (made && width > 0 && (made.width !== width || made.height !== height)) {
      made.setSize({ width, height });
    }
  }, [width, height]);

  const { aligned, bands, markers, span } = scene;
  const { from, to } = span;
  // biome-ignore lint/correctness/useExhaustiveDependencies: all that is drawn leads to a drawing
  useEffect(() => {
    plot.current?.setData(dataOf(current.current));
  }, [aligned, thresholds, bands, markers, from, to]);

  useEffect(() => {
    const made = plot.current;
    for (const [index, line] of series.entries()) {
      const show = !hidden.has(line.name);
      if (made?.series[index + 1] && made.series[index + 1]?.show !== show) {
        made.setSeries(index + 1, { show });
      }
    }
  }, [series, hidden]);

  return { plot, width };
}

function useWidth(box: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, [box]);
  return width;
}
