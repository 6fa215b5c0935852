export { createChallenges } from './challenges.feature.ts';
export type { Challenge } from './challenges.queries.ts';
export type { ChallengeKey, ChallengeStore, NewChallenge } from './challenges.service.ts';
