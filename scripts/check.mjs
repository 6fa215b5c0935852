import { runAllChecks } from './checks.mjs';
import { reportFailure } from './child-process.mjs';
import { ensureInstalled } from './installation.mjs';

try {
  await ensureInstalled();
  const results = await runAllChecks();
  if (results.some((result) => !result.ok)) process.exitCode = 1;
} catch (error) {
  reportFailure(error);
}
