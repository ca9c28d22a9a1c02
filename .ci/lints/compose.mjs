// Checks docker-compose.yml against the schema of compose files. Prints "docker-compose.yml:line: where: what is wrong". Exit codes:
// 0 nothing is, 1 something is.
import Ajv from 'ajv/dist/2019.js';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';

const file = 'docker-compose.yml';
const lines = new LineCounter();
const document = parseDocument(readFileSync(join(resolve(process.argv[2]), file), 'utf8'), { lineCounter: lines });
const problems = document.errors.map(error => ({ line: error.linePos[0].line, where: 'YAML', message: error.message.split('\n')[0] }));

/** The line of a value; of what holds it, where the value itself is not there. */
function lineOf(path) {
    for (let keys = path; keys.length > 0; keys = keys.slice(0, -1)) {
        const node = document.getIn(keys, true);
        if (node?.range) {
            return lines.linePos(node.range[0]).line;
        }
    }
    return 1;
}

/** The line of a key in a mapping. */
function lineOfKey(path, key) {
    const pair = document.getIn(path, true)?.items?.find(item => item.key?.value === key);
    return pair ? lines.linePos(pair.key.range[0]).line : lineOf(path);
}

if (problems.length === 0) {
    // Its formats (duration, ports) are Docker's own.
    const { $schema, ...schema } = JSON.parse(readFileSync(new URL('node_modules/dclint/schemas/compose.schema.json', import.meta.url), 'utf8'));
    const validate = new Ajv({ allErrors: true, strict: false, validateFormats: false }).compile(schema);
    validate(document.toJS());
    for (const error of validate.errors ?? []) {
        const path = error.instancePath.split('/').slice(1).map(key => key.replaceAll('~1', '/').replaceAll('~0', '~'));
        const extra = error.params.additionalProperty;
        problems.push({
            line: extra ? lineOfKey(path, extra) : lineOf(path),
            where: path.join('.') || 'file',
            message: extra ? `there is no such key: ${extra}` : error.message,
        });
    }
}

for (const { line, where, message } of problems) {
    console.log(`${file}:${line}: ${where}: ${message}`);
}
console.log(problems.length === 0 ? `${file}: nothing wrong.` : `${file}: ${problems.length} things wrong.`);
process.exit(problems.length === 0 ? 0 : 1);
