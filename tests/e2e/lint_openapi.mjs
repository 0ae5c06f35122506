// Lints openapi.yaml by redocly.yaml with Redocly's engine. Exit status 1 when it finds anything.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatProblems, getTotals, lint, loadConfig } from '@redocly/openapi-core';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const config = await loadConfig({ configPath: path.join(root, 'redocly.yaml') });
const problems = (await lint({ ref: path.join(root, 'openapi.yaml'), config })).filter((problem) => !problem.ignored);
const totals = getTotals(problems);
if (problems.length > 0) formatProblems(problems, { format: 'codeframe', totals, version: '', cwd: root });
process.exitCode = problems.length > 0 ? 1 : 0;
