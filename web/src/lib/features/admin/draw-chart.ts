import {
  BarController,
  BarElement,
  CategoryScale,
  Chart,
  type ChartConfiguration,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  Tooltip,
} from 'chart.js';
import type { ChartView } from './metric-views.ts';

Chart.register(
  BarController,
  BarElement,
  CategoryScale,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  Tooltip,
);

/** A design token as a colour that every drawing understands. */
function colourOf(token: string): string {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 1;
  const context = canvas.getContext('2d');
  if (!context) return 'gray';
  context.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(`--${token}`).trim();
  context.fillRect(0, 0, 1, 1);
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
  return `rgb(${red} ${green} ${blue})`;
}

/** Draws a chart in the colours of the present theme; answers how to take it away. */
export function drawChart(canvas: HTMLCanvasElement, view: ChartView, thresholdLabel: string): () => void {
  const chart = new Chart(canvas, {
    type: 'bar',
    data: { labels: view.labels, datasets: datasetsOf(view, thresholdLabel) },
    options: optionsOf(view),
  } as ChartConfiguration);
  return () => chart.destroy();
}

function datasetsOf(view: ChartView, thresholdLabel: string): object[] {
  const bars = view.series.map(({ label, colour, counts }) => ({
    label,
    data: counts,
    backgroundColor: colourOf(colour),
    borderRadius: 1,
    maxBarThickness: 18,
    categoryPercentage: 0.9,
    barPercentage: 0.9,
    order: 2,
  }));
  if (view.threshold === null) return bars;
  const line = {
    type: 'line',
    label: thresholdLabel,
    data: view.labels.map(() => view.threshold),
    borderColor: colourOf('muted'),
    backgroundColor: colourOf('muted'),
    borderDash: [4, 4],
    borderWidth: 1.5,
    pointRadius: 0,
    pointHitRadius: 0,
    stack: 'threshold',
    order: 1,
  };
  return [...bars, line];
}

function optionsOf(view: ChartView): object {
  const muted = colourOf('muted');
  const font = { family: getComputedStyle(document.body).fontFamily, size: 11 };
  const counts = {
    stacked: true,
    beginAtZero: true,
    suggestedMax: 4,
    border: { display: false },
    grid: { color: colourOf('line') },
    ticks: { color: muted, font, precision: 0, maxTicksLimit: 5 },
  };
  const names = {
    stacked: true,
    border: { color: colourOf('line') },
    grid: { display: false },
    ticks: { color: muted, font, maxRotation: 0, autoSkipPadding: 16 },
  };
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  return {
    indexAxis: view.lying ? 'y' : 'x',
    scales: view.lying ? { x: counts, y: names } : { x: names, y: counts },
    animation: still ? false : { duration: 180 },
    responsive: true,
    maintainAspectRatio: false,
    interaction: { mode: 'index', intersect: false, axis: view.lying ? 'y' : 'x' },
    plugins: { tooltip: { bodyFont: font, titleFont: font } },
  };
}
