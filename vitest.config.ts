import { defineConfig } from 'vitest/config'

// Tests make hosts out of files: with the modes that a fresh machine gives them, whatever the umask of who starts them.
process.umask(0o022)

const conditions = ['@nvmf/source', 'module', 'node', 'development|production']

/** A test's tier is in its name: x.test.ts (unit), x.cli.test.ts (the built files), x.host.test.ts (root, VM). */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    reporters: ['default'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['packages/*/test/**/*.test.ts', 'packaging/test/**/*.test.ts', 'scripts/test/**/*.test.ts'],
          exclude: ['**/*.{cli,host}.test.ts', 'packages/e2e/**'],
        },
      },
      {
        extends: true,
        test: { name: 'cli', include: ['packages/*/test/**/*.cli.test.ts'], testTimeout: 60_000 },
      },
      {
        extends: true,
        test: {
          name: 'host',
          include: ['packages/*/test/**/*.host.test.ts', 'packaging/test/**/*.host.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 900_000,
          // Two machines at a time: an emulated one keeps one core busy.
          maxWorkers: 2,
        },
      },
    ],
  },
})
