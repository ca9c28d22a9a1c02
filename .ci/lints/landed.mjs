// What landed with the previous release, and what comes after it.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const folder = 'db/migrations';
export const scriptNames = root => readdirSync(join(root, folder)).sort();

const git = (root, ...args) =>
    execFileSync('git', ['-C', root, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 1 << 26 });

/** The previous release and its scripts by name, each with git's id of its content. Throws a sentence for people. */
export function readLanded(root) {
    const path = join(root, 'db/previous_release');
    const lines = existsSync(path) ? readFileSync(path, 'utf8').split(/\r?\n/).filter(line => line.trim() !== '' && !line.startsWith('#')) : [];
    if (lines.length !== 1 || !/^[0-9a-f]{40}$/.test(lines[0])) {
        throw new Error('db/previous_release must hold one line with the full id of the commit of the previous release.');
    }
    const [release] = lines;
    try {
        git(root, 'cat-file', '-e', `${release}^{commit}`);
    } catch {
        throw new Error(`db/previous_release names commit ${release}, which is not in this clone. Fetch the whole history: git fetch --unshallow`);
    }
    const tree = git(root, 'ls-tree', release, `${folder}/`).split('\n').filter(Boolean);
    return { release, ids: new Map(tree.map(line => line.match(/^\S+ blob (\S+)\t.*\/([^/]+)$/)).map(([, id, name]) => [name, id])) };
}

export function checkLanded(root, { release, ids }, names, report) {
    for (const name of ids.keys()) {
        if (!names.includes(name)) {
            report(`${folder}/${name}`, 1, 'landed-missing', 'This script landed with the previous release and is gone. Databases have run it: put it back.');
        }
    }
    const kept = [...ids.keys()].filter(name => names.includes(name));
    const idsNow = kept.length === 0 ? [] : git(root, 'hash-object', '--', ...kept.map(name => `${folder}/${name}`)).split('\n');
    for (const name of kept.filter((name, i) => idsNow[i] !== ids.get(name))) {
        const before = git(root, 'show', `${release}:${folder}/${name}`).split(/\r?\n/);
        const now = readFileSync(join(root, folder, name), 'utf8').split(/\r?\n/);
        const line = now.findIndex((text, i) => text !== before[i]);
        report(`${folder}/${name}`, line < 0 ? now.length : line + 1, 'landed-edited',
            'This script landed with the previous release and was edited. Databases that have run it will not run it again: write a new one.');
    }
}

export function checkNumbers({ ids }, added, report) {
    const numberOf = name => Number(name.slice(0, 4));
    const pad = number => String(number).padStart(4, '0');
    const last = Math.max(0, ...[...ids.keys()].map(numberOf));
    let previous = last;
    for (const name of added) {
        const complain = (rule, message) => report(`${folder}/${name}`, 1, rule, message);
        const number = numberOf(name);
        if (!/^\d{4}(_[a-z0-9]+){2,}\.sql$/.test(name)) {
            complain('name', 'A script is named NNNN_verb_object.sql: four digits, lower case.');
        } else if (number <= last) {
            complain('number', `${pad(last)} landed with the previous release: a new script is numbered after it.`);
        } else if (number === previous) {
            complain('number', `There are two scripts ${pad(number)}.`);
        } else {
            if (number > previous + 1) {
                complain('number', `${pad(number)} follows ${pad(previous)}: numbers have no gaps.`);
            }
            previous = number;
        }
    }
}

/** Who changes a script counts the release up: older programs know by it that a newer one was here. */
export function checkRelease(root, { release }, report) {
    const folders = ['migrations', 'functions', 'reports', 'views', 'grants'].map(name => `db/${name}`);
    const changed = git(root, 'diff', '--name-only', release, '--', ...folders) + git(root, 'ls-files', '--others', '--exclude-standard', '--', ...folders);
    const path = 'db/release';
    const now = existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8').trim() : '';
    let before = '0';
    try {
        before = git(root, 'show', `${release}:${path}`).trim();
    } catch {
        // Nobody counted then.
    }
    if (changed !== '' && !(/^\d+$/.test(now) && Number(now) > Number(before))) {
        report(path, 1, 'release', `${changed.split('\n')[0]} is not what it was in the previous release, so this one needs a number above ${before}.`);
    }
}
