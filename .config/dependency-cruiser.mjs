// Which way imports may point. The map of packages is in docs/architecture.md.

/** A package imports itself and those listed, and no other of ours. */
function imports(name, ...allowed) {
  return {
    name: `${name}-imports`,
    comment: `${name} imports ${allowed.length > 0 ? `${allowed.join(', ')} only` : 'none of our packages'}`,
    severity: 'error',
    from: { path: `^packages/${name}/` },
    to: { path: '^(packages/[^/]+|examples|bench)/', pathNot: `^packages/(${[name, ...allowed].join('|')})/` },
  }
}

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    imports('idl'),
    imports('core', 'idl'),
    imports('console', 'core', 'idl'),
    imports('sdk', 'core', 'idl'),
    imports('server', 'core', 'idl'),
    imports('cli', 'server', 'sdk', 'core', 'idl'),
    imports('test-support', 'server', 'sdk', 'core', 'idl'),
    imports('testing', 'test-support', 'server', 'sdk', 'core', 'idl'),
    {
      name: 'front-door',
      comment: 'packages import each other by name, through their exports',
      severity: 'error',
      from: { path: '^(packages/[^/]+|examples|bench|scripts)/' },
      to: { path: '^packages/', pathNot: '^$1/', dependencyTypes: ['local'] },
    },
    {
      name: 'nothing-imports-api',
      comment: 'inside server, only the assembly (files directly under src) imports api',
      severity: 'error',
      from: { path: '^packages/server/src/[^/]+/', pathNot: ['^packages/server/src/api/', '\\.test\\.ts$'] },
      to: { path: '^packages/server/src/api/' },
    },
    {
      name: 'store-is-below-the-domain',
      comment: 'store imports the nouns of the domain (engine/model.ts), no other domain folder and not the assembly',
      severity: 'error',
      from: { path: '^packages/server/src/store/', pathNot: '\\.test\\.ts$' },
      to: { path: '^packages/server/src/', pathNot: '^packages/server/src/(store/|engine/model\\.ts$)' },
    },
    {
      name: 'only-store-talks-to-a-database',
      severity: 'error',
      // Tests that look into the store of servers that are dead, or share it.
      from: {
        pathNot: [
          '^packages/server/src/store/',
          '^packages/testing/test/(crash|replicas)',
          // Results that local runs keep, where there is no server.
          '^packages/sdk/src/local/local-cache\\.ts$',
          // Tasks that are queries.
          '^packages/sdk/src/kinds/sql/',
          '^packages/testing/test/sql-kinds',
        ],
      },
      to: { path: ['(^|/)node_modules/(kysely|pg)/', '^(node:)?sqlite$'] },
    },
    {
      name: 'resolvable',
      comment: 'an import that leads nowhere, so that the rules above see every one',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    // The parser knows no JSX: what the console imports, the linter checks.
    exclude: { path: '(^|/)(dist|fixtures)/|\\.tsx$' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@tern/source', 'import', 'node', 'default'],
      extensions: ['.ts', '.mjs', '.js', '.json'],
    },
  },
}
