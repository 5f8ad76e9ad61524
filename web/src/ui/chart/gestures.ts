import type uPlot from "uplot";

/** What gestures on a plot lead to. */
export type Gestures = {
  /** Whether Shift and drag move the span. */
  pans: () => boolean;
  /** Shows the span moved by so many milliseconds while it is dragged. */
  preview: (by: number) => void;
  /** The drag ended. */
  pan: (by: number) => void;
  /** A click that was not a drag, so many pixels from the left of the lines. */
  click: (left: number) => void;
};

/** Adds to a plot what uPlot has not: a crosshair under the finger, moving by Shift and drag, clicks on marks. */
export function addGestures(plot: uPlot, gestures: Gestures): void {
  const { over } = plot;
  // A finger that moves sideways reads the chart, one that moves up and down scrolls the page.
  over.style.touchAction = "pan-y";
  const read = (event: PointerEvent) => {
    if (event.pointerType === "mouse") return;
    const box = over.getBoundingClientRect();
    plot.setCursor({ left: event.clientX - box.left, top: event.clientY - box.top });
  };
  over.addEventListener("pointerdown", read);
  over.addEventListener("pointermove", read);

  let downAt: number | undefined;
  // Before uPlot's own listener, which would begin to zoom.
  over.parentElement?.addEventListener(
    "mousedown",
    (event) => {
      downAt = event.clientX;
      if (!event.shiftKey || event.button !== 0 || !gestures.pans()) return;
      event.stopPropagation();
      event.preventDefault();
      followPan(plot, event.clientX, gestures);
    },
    { capture: true },
  );
  over.addEventListener("click", (event) => {
    if (downAt === undefined || Math.abs(event.clientX - downAt) > 3) return;
    gestures.click(event.clientX - over.getBoundingClientRect().left);
  });
}

function followPan(plot: uPlot, start: number, gestures: Gestures): void {
  const perPixel = (plot.posToVal(1, "x") - plot.posToVal(0, "x")) * 1_000;
  const ended = new AbortController();
  const distance = (event: MouseEvent) => (start - event.clientX) * perPixel;
  document.addEventListener("mousemove", (event) => gestures.preview(distance(event)), {
    signal: ended.signal,
  });
  document.addEventListener(
    "mouseup",
    (event) => {
      ended.abort();
      gestures.pan(distance(event));
    },
    { signal: ended.signal },
  );
}
