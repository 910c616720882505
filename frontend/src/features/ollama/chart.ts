import type uPlot from 'uplot';
import type { Formats } from '../../core/format';
import { colourName, largest, lonely, timeUnit, type Aligned, type ColdStart, type Metric } from './series';

/** The colours of a chart, resolved for the canvas, which knows no CSS variables. */
export interface Colours {
  models: string[];
  axis: string;
  grid: string;
  cold: string;
}

/** Asks the style sheet what the colour variables mean in the present theme. */
export function coloursOf(host: HTMLElement): Colours {
  const probe = document.createElement('i');
  host.append(probe);
  const ask = (name: string) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const models = Array.from({ length: 6 }, (_, i) => ask(colourName(i)));
  const colours = { models, axis: ask('--fg-muted'), grid: ask('--border'), cold: ask('--warn') };
  probe.remove();
  return colours;
}

/** How the values of one metric are worded on the axis: speeds and counts as they are, times in ms or s. */
export function axisOf(metric: Metric, data: Aligned): { factor: number; unit: 'ms' | 's' | '' } {
  return metric === 'ttft' || metric === 'load' ? timeUnit(largest(data.lines)) : { factor: 1, unit: '' };
}

function series(metric: Metric, data: Aligned, colours: Colours, bars: uPlot.Series.PathBuilder | undefined): uPlot.Series[] {
  return data.lines.map((line) => {
    const colour = colours.models[line.index % 6] ?? colours.axis;
    if (line.part === 'before') return { label: `${line.model} before`, stroke: colour, width: 2, dash: [1, 4], cap: 'round', spanGaps: false, points: { show: true, filter: () => lonely(line.values), size: 5, fill: 'transparent', stroke: colour } } as uPlot.Series;
    if (metric === 'requests') return { label: line.model, stroke: colour, fill: colour, width: 0, paths: bars, points: { show: false } } as uPlot.Series;
    const own: uPlot.Series = {
      label: `${line.model} ${line.part}`,
      stroke: colour,
      width: line.part === 'p50' ? 2 : 1,
      spanGaps: false,
      points: { show: true, filter: () => lonely(line.values), size: line.part === 'p50' ? 5 : 3, fill: colour, stroke: colour },
    };
    if (line.part === 'p95') own.dash = [4, 4];
    return own;
  });
}

/** Draws a mark at the top edge and a fine line down for each cold start. */
function drawColdStarts(u: uPlot, starts: ColdStart[], colour: string): void {
  const { ctx, bbox } = u;
  const size = 5 * devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left - size, bbox.top - size, bbox.width + 2 * size, bbox.height + size);
  ctx.clip();
  ctx.fillStyle = colour;
  ctx.strokeStyle = colour;
  ctx.lineWidth = devicePixelRatio;
  // A line for each of many would be a fence before the figures.
  const few = starts.length <= 30;
  let drawn = -Infinity;
  for (const s of [...starts].sort((a, b) => a.at - b.at)) {
    const x = Math.round(u.valToPos(s.at, 'x', true));
    // Marks over each other are no longer seen as marks.
    if (x - drawn < 2 * size) continue;
    drawn = x;
    if (few) {
      ctx.globalAlpha = 0.35;
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
    }
    ctx.globalAlpha = 1;
    ctx.beginPath();
    ctx.moveTo(x - size, bbox.top - size / 2);
    ctx.lineTo(x + size, bbox.top - size / 2);
    ctx.lineTo(x, bbox.top + size);
    ctx.fill();
  }
  ctx.restore();
}

export interface ChartInput {
  metric: Metric;
  data: Aligned;
  starts: ColdStart[];
  colours: Colours;
  formats: Formats;
  width: number;
  height: number;
  /** The shown range, seconds. */
  from: number;
  to: number;
  bars: uPlot.Series.PathBuilder | undefined;
  /** Called with the index under the pointer, null when it leaves. */
  onhover: (index: number | null, left: number) => void;
}

// Requests are whole.
const counts = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 100_000];

/** Words a time on the x axis: with the date where the range is longer than a day. */
export function tick(formats: Formats, seconds: number, increment: number): string {
  const date = new Date(seconds * 1000);
  const options: Intl.DateTimeFormatOptions =
    increment >= 86400
      ? { month: 'numeric', day: 'numeric' }
      : date.getHours() === 0 && date.getMinutes() === 0
        ? { month: 'numeric', day: 'numeric' }
        : { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
  return new Intl.DateTimeFormat(formats.locale, options).format(date);
}

/** All that uPlot needs for one chart. */
export function chartOptions(input: ChartInput): uPlot.Options {
  const { metric, data, starts, colours, formats } = input;
  const { factor } = axisOf(metric, data);
  const font = '11px system-ui, sans-serif';
  const axis = { stroke: colours.axis, font, grid: { stroke: colours.grid, width: 1 }, ticks: { stroke: colours.grid, width: 1, size: 4 } };
  const number = (v: number) => formats.number(v, Number.isInteger(v) ? 0 : v < 1 ? 2 : 1);
  return {
    width: input.width,
    height: input.height,
    padding: [10, 12, 0, 0],
    legend: { show: false },
    cursor: { y: false, sync: { key: 'ollama' }, drag: { x: false, y: false }, points: { size: 7 } },
    scales: {
      x: { time: true, range: [input.from, input.to] },
      y: { range: (_u, _min, max) => [0, max > 0 ? max * 1.08 : 1] },
    },
    axes: [
      { ...axis, size: 26, values: (_u, splits, _i, _s, incr) => splits.map((v) => tick(formats, v, incr)) },
      {
        ...axis,
        size: 52,
        ...(metric === 'requests' ? { incrs: counts } : {}),
        values: (_u, splits) => splits.map((v) => number(Math.round(v * factor * 1000) / 1000)),
      },
    ],
    series: [{}, ...series(metric, data, colours, input.bars)],
    hooks: {
      draw: [(u) => drawColdStarts(u, starts, colours.cold)],
      setCursor: [(u) => input.onhover(u.cursor.idx ?? null, u.cursor.left ?? 0)],
    },
  };
}
