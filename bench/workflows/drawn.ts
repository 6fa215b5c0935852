/** `plain`: steps that compute. `recorded`: steps that reach out, whose results must be stored before the next begins. */
export type Kind = 'plain' | 'recorded';

/** A start and so many steps behind one another. */
export function drawn(steps: number, kind: Kind): object {
  const nodes: object[] = [{ id: 'start', type: 'start' }];
  const edges: object[] = [];
  for (let index = 1; index <= steps; index++) {
    const before = index === 1 ? 'start' : `s${index - 1}`;
    nodes.push(
      kind === 'plain'
        ? { id: `s${index}`, type: 'text', config: { template: 'Step {{input.n}}' } }
        : { id: `s${index}`, type: 'tool', config: { tool: 'bench.nothing' } },
    );
    edges.push({ from: before, to: `s${index}` });
  }
  return { format: 1, nodes, edges };
}
