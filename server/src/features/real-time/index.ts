export { createRealTimeFeature, type RealTimeFeature } from './real-time.feature.ts';
