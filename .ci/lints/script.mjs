// A script as PostgreSQL's own parser reads it, so that strings, comments and dollar quotes are what PostgreSQL takes them for.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadModule, parseSync, scanSync } from 'libpg-query';
import { folder } from './landed.mjs';

export const loadParser = loadModule;

export const strings = list => list.map(item => item.String.sval);
const nameOf = ({ schemaname, relname }) => [schemaname, relname].filter(Boolean).join('.');

/** Every node of a kind below a node. */
export function* find(node, kind) {
    for (const [key, value] of Object.entries(node ?? {})) {
        if (typeof value === 'object') {
            if (key === kind) {
                yield value;
            }
            yield* find(value, kind);
        }
    }
}

/** The tables and indexes that a statement changes. */
export function namesIn({ kind, node }) {
    if (kind === 'DropStmt') {
        return node.objects.map(object => (object.List ? strings(object.List.items).join('.') : ''));
    }
    const lists = [...(node.relations ?? []).map(item => item.RangeVar), ...(node.rels ?? []).map(item => item.VacuumRelation.relation)];
    return [node.relation, ...lists].filter(Boolean).map(nameOf);
}

/** Its statements, each with its lines and the exceptions above it; and its headers. Undefined where it does not parse. */
export function readScript(root, name, report) {
    const path = join(root, folder, name);
    const text = readFileSync(path, 'utf8');
    const bytes = Buffer.from(text); // the parser counts bytes
    const lineOf = offset => bytes.subarray(0, offset).filter(byte => byte === 10).length + 1;
    const script = { file: `${folder}/${name}`, path, lineOf, statements: [], noTransaction: false, breaksOlderWeb: false };
    let tree, tokens;
    try {
        tree = parseSync(text);
        tokens = scanSync(text).tokens;
    } catch (error) {
        report(script.file, lineOf(error.sqlDetails?.cursorPosition ?? 0), 'syntax-error', error.message);
        return undefined;
    }

    const isComment = token => token.tokenName.endsWith('_COMMENT');
    const comments = tokens.filter(isComment).map(token => ({ ...token, text: token.text.trimEnd(), line: lineOf(token.start) }));
    const code = tokens.filter(token => !isComment(token));
    readHeaders(script, comments, text, report);
    let end = 0;
    for (const { stmt, stmt_location: start = 0, stmt_len: length = bytes.length - start } of tree.stmts ?? []) {
        const first = code.find(token => token.start >= start).start;
        const above = comments.filter(comment => comment.start >= end && comment.start < first);
        end = start + length;
        const [[kind, node]] = Object.entries(stmt);
        script.statements.push({ kind, node, line: lineOf(first), lastLine: lineOf(end), allowed: readAllowed(script, above, report) });
    }
    return script;
}

// The migrator reads headers in the lines of comment that the script begins with, up to the first that is none (Script.cs).
function readHeaders(script, comments, text, report) {
    const leading = text.split('\n').findIndex(line => !line.startsWith('--'));
    for (const { text: comment, line } of comments) {
        const isReason = /^-- breaks-older-web: \S/.test(comment);
        if (isReason || /^-- no-transaction(:|$)/.test(comment)) {
            if (leading < 0 || line <= leading) {
                script[isReason ? 'breaksOlderWeb' : 'noTransaction'] = true;
            } else {
                report(script.file, line, 'header', 'A header stands in the lines of comment that the script begins with: here nobody reads it.');
            }
        } else if (/^--\s*no[-_ ]*transactions?\W*$/i.test(comment) || /^--\s*breaks?[-_ ]*old(er)?[-_ ]*web/i.test(comment)) {
            report(script.file, line, 'header', 'This looks like a header and is none. There are `-- no-transaction` and `-- breaks-older-web: <why>`.');
        }
    }
}

/** `-- lint-allow <rule>: <why>` above a statement: it breaks the rule, and a reviewer reads why. */
function readAllowed(script, comments, report) {
    const allowed = new Map();
    for (const { text, line } of comments) {
        const rule = text.match(/^-- lint-allow ([a-z-]+): \S/)?.[1];
        if (rule) {
            allowed.set(rule, { line, used: false });
        } else if (/lint-allow|squawk-/.test(text)) {
            report(script.file, line, 'lint-allow', 'An exception is written `-- lint-allow <rule>: <why>`, above its statement.');
        }
    }
    return allowed;
}

/** The tables and indexes that are as new as the scripts. */
export function createdIn(scripts) {
    return new Set(scripts.flatMap(script => script.statements).map(({ kind, node }) => {
        switch (kind) {
            case 'CreateStmt': return nameOf(node.relation);
            case 'CreateTableAsStmt': return nameOf(node.into.rel);
            case 'IndexStmt': return nameOf({ schemaname: node.relation.schemaname, relname: node.idxname });
            default: return undefined;
        }
    }).filter(Boolean));
}

/** All domains with rules. */
export function domainsIn(root, names) {
    const domains = new Set();
    for (const text of names.map(name => readFileSync(join(root, folder, name), 'utf8')).filter(text => /create\s+domain/i.test(text))) {
        try {
            for (const { stmt } of parseSync(text).stmts) {
                if (stmt.CreateDomainStmt?.constraints) {
                    domains.add(strings(stmt.CreateDomainStmt.domainname).join('.'));
                }
            }
        } catch {
            // Reported where it is new; what landed was run.
        }
    }
    return domains;
}
