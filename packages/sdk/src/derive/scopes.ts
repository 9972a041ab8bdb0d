import type ts from 'typescript'
import type { Compiler } from './compiler.ts'

/** What a declaration can be seen in. */
export function scopeOf(ts: Compiler, node: ts.Node): ts.Node {
  for (let scope = node.parent; ; scope = scope.parent) {
    if (ts.isBlock(scope) || ts.isSourceFile(scope) || ts.isModuleBlock(scope) || ts.isFunctionLike(scope)) return scope
  }
}

export function encloses(outer: ts.Node, inner: ts.Node): boolean {
  return outer.pos <= inner.pos && inner.end <= outer.end
}
