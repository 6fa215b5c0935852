// Entry points → compose → features → platform. A feature is its index.ts to others; web and e2e know the API only.
const tests = '\\.(test|spec)\\.ts$|^server/test/';
const feature = '^server/src/features/([^/]+)/';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Two modules that need each other are one module, or need a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'unresolvable',
      comment: 'Every import must lead somewhere.',
      severity: 'error',
      // Modules that the web build makes have names that begin with $.
      from: {},
      to: { couldNotResolve: true, pathNot: '^(\\$|@aiwfe/)' },
    },
    {
      name: 'platform-knows-no-feature',
      comment: 'The platform carries features and knows none of them.',
      severity: 'error',
      from: { path: '^server/src/platform/', pathNot: tests },
      to: { path: '^server/src/(?!platform/|version\\.ts$)' },
    },
    {
      name: 'features-do-not-look-up',
      comment: 'What a feature needs arrives as an argument from compose.ts.',
      severity: 'error',
      from: { path: '^server/src/features/', pathNot: tests },
      to: { path: '^server/src/(main|compose(-identity)?|config|config-settings)\\.ts$|^server/src/cli/' },
    },
    {
      name: 'a-feature-is-its-index',
      comment: 'Another feature is what its index.ts offers.',
      severity: 'error',
      from: { path: feature, pathNot: tests },
      to: { path: feature, pathNot: ['^server/src/features/$1/', '^server/src/features/[^/]+/index\\.ts$'] },
    },
    {
      name: 'compose-uses-indexes',
      comment: 'Wiring uses what features offer, not what they hide.',
      severity: 'error',
      from: { path: '^server/src/(compose(-identity)?\\.ts$|main\\.ts$|cli/)', pathNot: tests },
      to: { path: feature, pathNot: '^server/src/features/[^/]+/index\\.ts$' },
    },
    {
      name: 'compose-does-not-look-up',
      comment: 'The command line runs the composed program, not the other way round.',
      severity: 'error',
      from: { path: '^server/src/compose(-identity)?\\.ts$' },
      to: { path: '^server/src/(main\\.ts$|cli/)' },
    },
    {
      name: 'server-stands-alone',
      comment: 'The server knows neither its clients nor their tests.',
      severity: 'error',
      from: { path: '^server/', pathNot: tests },
      to: { path: '^(web|e2e|bench|api-client)/' },
    },
    {
      name: 'clients-know-the-api-only',
      comment: 'Web, journeys and the API client see the server through its API.',
      severity: 'error',
      from: { path: '^(web|e2e|api-client)/' },
      to: { path: '^server/', pathNot: '^server/(openapi\\.json$|test/peers/)' },
    },
    {
      name: 'no-test-in-the-program',
      comment: 'What runs does not import what tests it.',
      severity: 'error',
      from: { path: '^(server/src|web/src|api-client/src)/', pathNot: tests },
      to: { path: tests },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(node_modules|build|\\.svelte-kit)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['svelte', 'import', 'require', 'node', 'default', 'browser'],
      extensions: ['.ts', '.mjs', '.js', '.svelte', '.json'],
    },
  },
};
