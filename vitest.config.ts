import { defineConfig } from 'vitest/config';

/**
 * Three projects: `unit` (beside the code, milliseconds each), `property` (fast-check, files named
 * `*.property.test.ts`) and `conformance` (real clients and containers, `conformance/**`).
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{sim,reports,cli,scripts,bench}/**/*.test.ts'],
          exclude: ['**/*.property.test.ts'],
          // A test that starts processes is slow on a loaded computer, and no test holds a stopwatch.
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'property',
          include: ['**/*.property.test.ts'],
          exclude: ['node_modules/**', 'dist/**'],
          testTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'conformance',
          include: ['conformance/**/*.test.ts'],
          exclude: ['**/*.property.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 900_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
