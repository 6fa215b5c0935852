import type { AuthenticationMetrics } from '@aiwfe/api-client';
import { t, textOr } from '#lib/messages/translate.svelte.ts';
import { preferences } from '#lib/preferences.svelte.ts';
import { unusualLevel } from './unusual-level.ts';

export type MetricsRange = Exclude<AuthenticationMetrics['range'], '1h'>;
type SeriesName = AuthenticationMetrics['series'][number]['name'];
/** Names of design tokens. */
export type ChartColour = 'success' | 'danger' | 'warning' | 'info' | 'accent';

export interface ChartSeries {
  label: string;
  colour: ChartColour;
  counts: number[];
}

/** One small chart: what a drawing and a table of the same need. */
export interface ChartView {
  id: string;
  title: string;
  text: string;
  /** What the first column of the table is. */
  axis: string;
  labels: string[];
  series: ChartSeries[];
  /** From here on a span is remarkable; null where that says nothing. */
  threshold: number | null;
  lying: boolean;
}

const colours: Record<SeriesName, ChartColour> = {
  sign_ins: 'success',
  failures: 'danger',
  throttled: 'warning',
  challenges: 'info',
  new_accounts: 'accent',
  refreshes: 'info',
};
const charts: { id: string; names: SeriesName[]; watched: boolean }[] = [
  { id: 'outcomes', names: ['sign_ins', 'challenges', 'failures'], watched: false },
  { id: 'refused', names: ['failures', 'throttled'], watched: true },
  { id: 'accounts', names: ['new_accounts'], watched: true },
  { id: 'refreshes', names: ['refreshes'], watched: true },
];
const spans: Record<AuthenticationMetrics['range'], Intl.DateTimeFormatOptions> = {
  '1h': { hour: '2-digit', minute: '2-digit' },
  '24h': { hour: '2-digit', minute: '2-digit' },
  '7d': { weekday: 'short', hour: '2-digit', minute: '2-digit' },
  '30d': { day: 'numeric', month: 'short' },
};

/** The small multiples of a range, in the person's language and time zone. */
export function chartViews(metrics: AuthenticationMetrics): ChartView[] {
  const [outcomes, ...others] = charts.map((chart) => overTime(metrics, chart));
  return [...(outcomes ? [outcomes] : []), byFactor(metrics), ...others];
}

function overTime(
  { range, series }: AuthenticationMetrics,
  { id, names, watched }: (typeof charts)[number],
): ChartView {
  const found = names.map((name) => ({
    name,
    points: series.find((each) => each.name === name)?.points ?? [],
  }));
  const format = new Intl.DateTimeFormat(preferences.locale, {
    ...spans[range],
    timeZone: preferences.timeZone,
  });
  const times = found[0]?.points.map(([seconds]) => seconds) ?? [];
  const sums = times.map((_, index) =>
    found.reduce((sum, { points }) => sum + Number(points[index]?.[1] ?? 0), 0),
  );
  return {
    ...words(id),
    axis: t('admin.charts.span'),
    labels: times.map((seconds) => format.format(Number(seconds) * 1_000)),
    series: found.map(({ name, points }) => ({
      label: t(`admin.charts.series.${name}`),
      colour: colours[name],
      counts: points.map(([, count]) => Number(count)),
    })),
    threshold: watched ? unusualLevel(sums) : null,
    lying: false,
  };
}

function byFactor({ by_factor: factors }: AuthenticationMetrics): ChartView {
  const known = factors.filter(({ factor }) => factor !== '');
  const name = (factor: string) =>
    factor
      .split('+')
      .map((each) => textOr(`security.factor.${each.split(':')[0]}`, each))
      .join(' + ');
  return {
    ...words('factors'),
    axis: t('admin.charts.factor'),
    labels: known.map(({ factor }) => name(factor)),
    series: [
      {
        label: t('admin.charts.series.sign_ins'),
        colour: 'success',
        counts: known.map((each) => each.sign_ins),
      },
      {
        label: t('admin.charts.series.failures'),
        colour: 'danger',
        counts: known.map((each) => each.failures),
      },
    ],
    threshold: null,
    lying: true,
  };
}

function words(id: string): Pick<ChartView, 'id' | 'title' | 'text'> {
  return {
    id,
    title: textOr(`admin.charts.${id}.title`, id),
    text: textOr(`admin.charts.${id}.text`, ''),
  };
}

export function totalOf({ counts }: ChartSeries): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
