export { createMetricsFeature, type MetricsFeatureOptions } from './metrics.feature.ts';
export type { ProcessFigures } from './prometheus.ts';
