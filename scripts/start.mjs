#!/usr/bin/env node
// Parses on every Node that knows modules, so that an old one gets a sentence instead of a syntax error.
const oldestNode = 20;
const running = Number(process.versions.node.split('.')[0]);
if (running < oldestNode) {
  process.stderr.write(
    `AI Workflow Engine needs Node.js ${oldestNode} or newer to start; this is ${process.version}. ` +
      'Install a newer one from https://nodejs.org.\n',
  );
  process.exitCode = 1;
} else {
  import('./launch.mjs').then(({ start }) => start(process.argv.slice(2)));
}
