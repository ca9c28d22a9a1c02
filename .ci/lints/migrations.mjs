// Checks the migration scripts that the previous release does not have; those that it has must be as it left them.
// squawk knows the mistakes that anybody can make. What it cannot know, because it sees one file and no repository, is in
// rules.mjs. Prints "file:line: rule: what is wrong". Exit codes: 0 nothing is, 1 something is, or it could not be checked.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkLanded, checkNumbers, checkRelease, readLanded, scriptNames } from './landed.mjs';
import { checkNoTransaction, broken, rulesAboutOlderWeb, rulesAboutTablesInUse, rulesWithoutException } from './rules.mjs';
import { createdIn, domainsIn, loadParser, namesIn, readScript } from './script.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(process.argv[2]);
const problems = [];
const report = (file, line, rule, message) => problems.push({ file, line, rule, message });

function fail(sentence) {
    console.error(sentence);
    process.exit(1);
}

/** Reports a broken rule, unless the script or a comment above the statement says that it is meant. */
function check(script, statement, line, rule, message) {
    if (statement && rulesAboutTablesInUse.has(rule)) {
        const names = namesIn(statement);
        if (names.length > 0 && names.every(name => created.has(name))) {
            return;
        }
    }
    if (rulesAboutOlderWeb.has(rule)) {
        if (script.breaksOlderWeb) {
            return;
        }
        message += ' During a deploy older web builds run beside it: say `-- breaks-older-web: <why>` if they cannot.';
    }
    const exception = rulesWithoutException.has(rule) ? undefined : statement?.allowed.get(rule);
    if (exception) {
        exception.used = true;
        return;
    }
    report(script.file, line, rule, message);
}

function runSquawk() {
    const squawk = createRequire(import.meta.url).resolve('squawk-cli/js/bin/squawk');
    for (const noTransaction of [false, true]) {
        const chosen = scripts.filter(script => script.noTransaction === noTransaction);
        if (chosen.length === 0) {
            continue;
        }
        const run = spawnSync(process.execPath, [squawk, '--config', join(here, '../../.squawk.toml'), '--reporter=json',
            ...(noTransaction ? ['--no-assume-in-transaction'] : []), ...chosen.map(script => script.path)], { encoding: 'utf8', maxBuffer: 1 << 26 });
        let findings;
        try {
            findings = JSON.parse(run.stdout);
        } catch {
            fail(`squawk failed: ${run.error?.message ?? run.stderr}`);
        }
        for (const finding of findings) {
            const script = chosen.find(item => item.path === finding.file);
            const line = finding.line + 1; // it counts from 0
            const statement = script.statements.find(item => item.line <= line && line <= item.lastLine);
            check(script, statement, line, finding.rule_name, [finding.message, finding.help].filter(Boolean).join(' '));
        }
    }
}

let landed;
try {
    landed = readLanded(root);
} catch (error) {
    fail(error.message);
}
const names = scriptNames(root);
const added = names.filter(name => !landed.ids.has(name));
checkLanded(root, landed, names, report);
checkNumbers(landed, added, report);
checkRelease(root, landed, report);

await loadParser();
const scripts = added.filter(name => name.endsWith('.sql')).map(name => readScript(root, name, report)).filter(Boolean);
const created = createdIn(scripts);
const domains = domainsIn(root, names);
for (const script of scripts) {
    for (const statement of script.statements) {
        for (const [rule, message, at] of broken(script, statement, domains)) {
            check(script, statement, at === undefined ? statement.line : script.lineOf(at), rule, message);
        }
    }
    checkNoTransaction(script, report);
}
runSquawk();
for (const script of scripts) {
    for (const [rule, { line, used }] of script.statements.flatMap(statement => [...statement.allowed])) {
        if (!used) {
            report(script.file, line, 'lint-allow', `The statement below does not break ${rule}, or nothing may: take this out.`);
        }
    }
}

problems.sort((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1));
for (const { file, line, rule, message } of problems) {
    console.log(`${file}:${line}: ${rule}: ${message}`);
    if (process.env.GITHUB_ACTIONS) {
        console.log(`::error file=${file},line=${line},title=${rule}::${message}`);
    }
}
if (problems.length > 0) {
    fail(`${problems.length} ${problems.length === 1 ? 'problem' : 'problems'} in migrations. db/README.md says how it is done right.`);
}
console.log(`${added.length} new ${added.length === 1 ? 'migration' : 'migrations'} since ${landed.release.slice(0, 7)}: nothing wrong.`);
