import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Claim, type Demand, Limit } from './places.ts'

function aClaim(
  demands: ReadonlyArray<Demand>,
  priority = 0,
): { readonly claim: Claim; readonly grants: () => number } {
  let grants = 0
  const onGranted = (): void => {
    grants += 1
  }
  return { claim: new Claim({ demands, priority, onGranted }), grants: () => grants }
}

test('places go to those who wait, in the order they came', () => {
  const limit = new Limit('queue', 1)
  const [a, b, c] = Array.from({ length: 3 }, () => aClaim([{ limit, amount: 1 }]).claim) as [Claim, Claim, Claim]
  expect([a.take(), b.take(), c.take()]).toEqual([true, false, false])
  a.release()
  expect([b.isHeld, c.isHeld]).toEqual([true, false])
  b.release()
  expect(c.isHeld).toBe(true)
})

test('a higher priority goes first', () => {
  const limit = new Limit('queue', 1)
  const demands = [{ limit, amount: 1 }]
  const [holder, low, high] = [aClaim(demands).claim, aClaim(demands, 0).claim, aClaim(demands, 5).claim]
  for (const claim of [holder, low, high]) claim.take()
  holder.release()
  expect([low.isHeld, high.isHeld]).toEqual([false, true])
})

test('who is stopped by another limit passes the free place on', () => {
  const run = new Limit('run', 1)
  const queue = new Limit('queue', 1)
  const holder = aClaim([{ limit: run, amount: 1 }]).claim
  const other = aClaim([{ limit: queue, amount: 1 }]).claim
  const both = aClaim([
    { limit: run, amount: 1 },
    { limit: queue, amount: 1 },
  ]).claim
  const next = aClaim([{ limit: run, amount: 1 }]).claim
  for (const claim of [holder, other, both, next]) claim.take()
  holder.release()
  expect(both.waitsFor?.limit).toBe(queue)
  expect(next.isHeld).toBe(true)
})

test('one that asks for much is not overtaken by those that ask for little, and lets them go on when it leaves', () => {
  const limit = new Limit('cpu', 4)
  const [holder, large, small] = [2, 4, 1].map((amount) => aClaim([{ limit, amount }]).claim) as [Claim, Claim, Claim]
  expect([holder.take(), large.take(), small.take()]).toEqual([true, false, false])
  large.release()
  expect(small.isHeld).toBe(true)
})

test('who goes on takes a place although there is none, and others wait until there is room again', () => {
  const limit = new Limit('run', 1)
  const [parent, child, next] = Array.from({ length: 3 }, () => aClaim([{ limit, amount: 1 }]).claim) as [
    Claim,
    Claim,
    Claim,
  ]
  parent.take()
  parent.release()
  child.take()
  parent.resume()
  next.take()
  child.release()
  expect(next.isHeld).toBe(false)
  parent.release()
  expect(next.isHeld).toBe(true)
})

test('who has left is forgotten', () => {
  const limit = new Limit('queue', 1)
  const claims = Array.from({ length: 500 }, () => aClaim([{ limit, amount: 1 }]).claim)
  for (const claim of claims) claim.take()
  for (const claim of claims.slice(1, -1)) claim.release()
  expect(limit.waitingCount).toBe(1)
  claims[0]!.release()
  expect(claims.at(-1)!.isHeld).toBe(true)
})

const capacities = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 })
const wish = fc.record({ amounts: fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 3 }), priority: fc.nat(2) })
const step = fc.record({ of: fc.nat(30), does: fc.constantFrom('take', 'take', 'release') })

test('whatever is taken and given back, no limit is exceeded, room is used, and everybody has a turn', () => {
  fc.assert(
    fc.property(capacities, fc.array(wish, { minLength: 1, maxLength: 30 }), fc.array(step), (sizes, wishes, steps) => {
      const limits = sizes.map((size, i) => new Limit(`limit ${i}`, size))
      const claims = wishes.map(({ amounts, priority }) => {
        const demands = limits.flatMap((limit, i) => {
          const amount = Math.min(amounts[i] ?? 0, limit.capacity)
          return amount === 0 ? [] : [{ limit, amount }]
        })
        return aClaim(demands, priority).claim
      })
      const check = (): void => {
        for (const limit of limits) checkLimit(limit, claims)
      }
      for (const { of, does } of steps) {
        const claim = claims[of % claims.length]!
        if (does === 'take') claim.take()
        else claim.release()
        check()
      }
      for (const claim of claims) claim.take()
      const hadTurn = new Set<Claim>()
      for (let holder = next(claims, hadTurn); holder !== undefined; holder = next(claims, hadTurn)) {
        hadTurn.add(holder)
        holder.release()
        check()
      }
      expect(hadTurn.size).toBe(claims.length)
    }),
  )
})

function next(claims: ReadonlyArray<Claim>, hadTurn: ReadonlySet<Claim>): Claim | undefined {
  return claims.find((claim) => claim.isHeld && !hadTurn.has(claim))
}

function checkLimit(limit: Limit, claims: ReadonlyArray<Claim>): void {
  const amountIn = (claim: Claim): number => claim.demands.find((demand) => demand.limit === limit)?.amount ?? 0
  const used = claims.filter(({ isHeld }) => isHeld).reduce((sum, claim) => sum + amountIn(claim), 0)
  expect(used).toBeLessThanOrEqual(limit.capacity)
  const waiting = claims.filter(({ waitsFor }) => waitsFor?.limit === limit)
  expect(limit.waitingCount).toBe(waiting.length)
  const first = waiting.toSorted((a, b) => b.priority - a.priority || a.ticket - b.ticket)[0]
  if (first !== undefined) expect(used + amountIn(first)).toBeGreaterThan(limit.capacity)
}
