import { defineConfig } from 'vitest/config';

/** What is waited for comes when it comes: a busy machine is no failure, and a clock proves nothing. */
const patience = { poll: { timeout: 120_000, interval: 50 } };

/** Tests of properties try the same cases in each run; PROPERTY_SEED=2, 3, … looks for new ones. */
const provide = { propertySeed: Number(process.env.PROPERTY_SEED ?? 1) };

/** A file finds loaded what the one before it needed: two thirds of the time. State of its own each one makes and ends. */
const isolate = false;

export default defineConfig({
  test: {
    // Tests wait for databases and child processes most of the time: one worker would leave the other core idle.
    maxWorkers: 3,
    projects: [
      {
        test: {
          name: 'server',
          root: 'server',
          include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
          globalSetup: ['test/global-setup.ts'],
          pool: 'forks',
          isolate,
          provide,
          expect: patience,
          testTimeout: 240_000,
          hookTimeout: 240_000,
        },
      },
      {
        extends: 'web/vite.config.ts',
        test: {
          name: 'web',
          root: 'web',
          include: ['src/**/*.test.ts'],
          environment: 'node',
          provide,
          expect: patience,
          testTimeout: 240_000,
        },
      },
      {
        test: {
          name: 'e2e',
          root: 'e2e',
          isolate,
          include: ['**/*.spec.ts'],
          expect: patience,
          testTimeout: 240_000,
          hookTimeout: 240_000,
        },
      },
    ],
  },
});
