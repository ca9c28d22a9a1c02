// The rules that squawk does not have, or cannot judge because the migrator runs the scripts.
import { find, strings } from './script.mjs';

/** How a table that has rows, readers and writers must not be changed. Of one that is new in the same release nobody knows yet. */
export const rulesAboutTablesInUse = new Set([
    'adding-field-with-default', 'adding-foreign-key-constraint', 'adding-not-nullable-field', 'adding-required-field',
    'adding-serial-primary-key-field', 'ban-drop-column', 'ban-drop-not-null', 'ban-drop-table', 'ban-truncate-cascade', 'breaks-older-web',
    'changing-column-type', 'column-with-check', 'constraint-missing-not-valid', 'disallowed-unique-constraint', 'renaming-column',
    'renaming-table', 'require-concurrent-index-creation', 'require-concurrent-index-deletion', 'rewrites-table', 'whole-table-write',
]);

/** What `-- breaks-older-web: <why>` makes right. */
export const rulesAboutOlderWeb = new Set(['ban-drop-column', 'ban-drop-not-null', 'ban-drop-table', 'breaks-older-web', 'renaming-column', 'renaming-table']);

/** What would break the migrator's own promises: no comment allows it. */
export const rulesWithoutException = new Set([
    'needs-no-transaction', 'session-setting', 'syntax-error', 'transaction-nesting',
]);

const inexactTypes = new Map([['money', 'money'], ['float4', 'real'], ['float8', 'double precision']]);
const rewritingCommands = new Map([
    ['AT_SetLogged', 'SET LOGGED'], ['AT_SetUnLogged', 'SET UNLOGGED'], ['AT_SetTableSpace', 'SET TABLESPACE'], ['AT_SetAccessMethod', 'SET ACCESS METHOD'],
]);
const neverInTransaction = ['CreatedbStmt', 'DropdbStmt', 'AlterSystemStmt', 'CreateTableSpaceStmt', 'DropTableSpaceStmt'];
const objectsNobodyNames = ['OBJECT_INDEX', 'OBJECT_TRIGGER', 'OBJECT_RULE', 'OBJECT_POLICY', 'OBJECT_TABCONSTRAINT'];
const objectsOfSquawk = ['OBJECT_TABLE', 'OBJECT_COLUMN']; // it has rules for those

function isOn(options, name) {
    const option = (options ?? []).map(item => item.DefElem).find(item => item.defname === name);
    const value = option?.arg?.String?.sval ?? option?.arg?.Boolean?.boolval ?? option?.arg?.Integer?.ival ?? (option?.arg ? false : true);
    return option !== undefined && !/^(false|off|0)$/i.test(String(value)); // VACUUM (FULL off) is none
}

/** What a statement breaks: [rule, message, where in the script if not at the statement's beginning]. */
export function* broken(script, statement, domains) {
    const { kind, node } = statement;
    yield* brokenByAlterTable(statement, domains);

    for (const { name, isLocal } of settingsIn(statement)) {
        if (/_timeout$/.test(name)) {
            yield ['session-setting', `The migrator sets ${name}, so that no script holds purchases up; a script does not.`];
        } else if (!isLocal) {
            yield ['session-setting', 'What is set without LOCAL, or reset, is set for the scripts after this one too.'];
        }
    }
    if (kind === 'DoStmt') {
        yield ['do-block', 'Nobody can check what a DO block runs. Write plain statements.'];
    }
    // A view may be refreshed concurrently in a transaction.
    if (!script.noTransaction && (isConcurrent(statement) && kind !== 'RefreshMatViewStmt'
        || neverInTransaction.includes(kind) || kind === 'VacuumStmt' && node.is_vacuumcmd)) {
        yield ['needs-no-transaction', 'This cannot run inside of a transaction: give it a script of its own that begins with `-- no-transaction`.'];
    }
    if (kind === 'ClusterStmt' || kind === 'VacuumStmt' && isOn(node.options, 'full')) {
        yield ['rewrites-table', 'This writes the whole table anew while nobody may read it.'];
    }
    if (kind === 'DropStmt' && ![...objectsNobodyNames, ...objectsOfSquawk].includes(node.removeType)) {
        yield ['breaks-older-web', 'This drops what they may use.'];
    }
    if (kind === 'RenameStmt' && ![...objectsNobodyNames, ...objectsOfSquawk].includes(node.renameType)
        || kind === 'AlterObjectSchemaStmt' || kind === 'AlterEnumStmt' && node.oldVal) {
        yield ['breaks-older-web', 'This renames what they may use.'];
    }
    for (const write of ['UpdateStmt', 'DeleteStmt'].flatMap(name => [...find({ [kind]: node }, name)])) {
        if (!write.whereClause) {
            yield ['whole-table-write', 'This locks every row until the script ends. Say WHERE, and write what is long in batches, outside of migrations.',
                write.relation.location];
        }
    }
    if (kind === 'TruncateStmt') {
        yield ['whole-table-write', 'This empties a table that is in use, and makes everybody wait.'];
    }
    for (const column of find(node, 'ColumnDef')) {
        const type = inexactTypes.get(column.typeName && strings(column.typeName.names).at(-1));
        if (type) {
            yield ['column-type', `${type} is not exact. An amount is store.usd, a count bigint.`, column.location];
        }
    }
}

function* brokenByAlterTable({ kind, node }, domains) {
    for (const { AlterTableCmd: command } of kind === 'AlterTableStmt' ? node.cmds : []) {
        const column = command.subtype === 'AT_AddColumn' ? command.def.ColumnDef : undefined;
        const type = column && strings(column.typeName.names).join('.');
        if (domains.has(type)) {
            yield ['rewrites-table', `A column of ${type} has the whole table written anew while nobody may read it, because that domain has rules. `
                + 'Put it into a table of its own.', column.location];
        }
        if ((column?.constraints ?? []).some(item => item.Constraint.contype === 'CONSTR_CHECK')) {
            yield ['column-with-check', 'A CHECK that comes with its column reads the whole table while nobody may. '
                + 'Add it apart, NOT VALID, and validate it in the next script.', column.location];
        }
        if (rewritingCommands.has(command.subtype)) {
            yield ['rewrites-table', `${rewritingCommands.get(command.subtype)} writes the whole table anew while nobody may read it.`];
        }
        if (command.subtype === 'AT_ColumnDefault' && !command.def) {
            yield ['breaks-older-web', 'Whoever leaves this column out inserts null from now on.'];
        }
    }
}

function settingsIn({ kind, node }) {
    if (kind === 'VariableSetStmt') {
        return [{ name: node.name, isLocal: node.is_local }];
    }
    if (kind === 'DiscardStmt') {
        return [{ isLocal: false }];
    }
    return [...find(node, 'FuncCall')].filter(call => strings(call.funcname).at(-1) === 'set_config')
        .map(({ args }) => ({ name: args?.[0]?.A_Const?.sval?.sval, isLocal: args?.[2]?.A_Const?.boolval?.boolval }));
}

const isConcurrent = ({ node }) =>
    Boolean(node.concurrent || isOn(node.params, 'concurrently') || [...find(node, 'PartitionCmd')].some(part => part.concurrent));

/** What runs outside of a transaction is one statement that can be run again after it was interrupted. */
export function checkNoTransaction({ file, noTransaction, statements }, report) {
    if (!noTransaction) {
        return;
    }
    if (statements.length !== 1) {
        report(file, statements[1]?.line ?? 1, 'no-transaction', 'Outside of a transaction a script is one statement: what came before one that fails would stay.');
    }
    for (const { line } of statements.filter(statement => !mayRunTwice(statement))) {
        report(file, line, 'no-transaction', 'Outside of a transaction a statement must be able to run twice: CREATE INDEX CONCURRENTLY IF NOT EXISTS, '
            + 'DROP INDEX CONCURRENTLY IF EXISTS, REINDEX … CONCURRENTLY, ALTER TYPE … ADD VALUE IF NOT EXISTS, VACUUM or ANALYZE.');
    }
}

function mayRunTwice(statement) {
    const { kind, node } = statement;
    switch (kind) {
        case 'IndexStmt': return isConcurrent(statement) && node.if_not_exists;
        case 'DropStmt': return node.removeType === 'OBJECT_INDEX' && isConcurrent(statement) && node.missing_ok;
        case 'ReindexStmt': return isConcurrent(statement);
        case 'AlterEnumStmt': return node.newVal && node.skipIfNewValExists;
        case 'VacuumStmt': return true;
        default: return false;
    }
}
