#!/usr/bin/env node
// The command `aiwfe` (npx aiwfe …): runs the server's program with the given arguments.
const oldestNode = 20;
const running = Number(process.versions.node.split('.')[0]);
if (running < oldestNode) {
  process.stderr.write(
    `aiwfe needs Node.js ${oldestNode} or newer; this is ${process.version}. Install a newer one from https://nodejs.org.\n`,
  );
  process.exitCode = 1;
} else {
  import('./launch.mjs').then(({ runCommand }) => runCommand(process.argv.slice(2)));
}
