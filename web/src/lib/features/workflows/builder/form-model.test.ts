import { describe, expect, it } from 'vitest';
import {
  fieldText,
  inputFromForm,
  parseJson,
  readField,
  readNumber,
  readValue,
  schemaFields,
  settingFields,
  writeValue,
} from './form-model.ts';
import { isSimple, readRows, writeRows } from './schema-rows.ts';
import { portsOf, readCatalogue } from './step-catalogue.ts';

const published = {
  properties: {
    nodes: {
      items: {
        oneOf: [
          {
            properties: {
              type: { const: 'http' },
              config: {
                type: 'object',
                required: ['url'],
                properties: {
                  method: {
                    anyOf: [
                      { const: 'GET', type: 'string' },
                      { const: 'POST', type: 'string' },
                    ],
                  },
                  headers: { type: 'object', patternProperties: { '^.*$': { type: 'string' } } },
                  body: {},
                  fail_on_status: { type: 'boolean' },
                  url: { type: 'string', maxLength: 400 },
                },
              },
            },
          },
          {
            properties: {
              type: { const: 'switch' },
              config: { properties: { expression: { type: 'string' }, cases: { type: 'array' } } },
            },
          },
        ],
      },
    },
  },
  'x-steps': [
    { type: 'http', title: 'HTTP', description: '', ports: ['next'], expressions: [], literals: [] },
    {
      type: 'switch',
      title: 'Switch',
      description: '',
      ports: null,
      expressions: ['expression'],
      literals: ['cases'],
    },
  ],
};
const catalogue = readCatalogue(published);

describe('the form of a step', () => {
  it('has an editor for each setting, what must be given first', () => {
    const fields = settingFields(catalogue.steps.get('http')!);
    expect(fields.map(({ name, kind }) => [name, kind])).toEqual([
      ['url', 'text'],
      ['method', 'choice'],
      ['headers', 'map'],
      ['body', 'value'],
      ['fail_on_status', 'boolean'],
    ]);
    expect(fields[1]?.options).toEqual(['GET', 'POST']);
  });

  it('knows expressions and settings with an editor of their own', () => {
    const fields = settingFields(catalogue.steps.get('switch')!);
    expect(fields.map(({ kind }) => kind)).toEqual(['expression', 'cases']);
  });

  it('has the ways out that the cases make', () => {
    const config = { cases: [{ name: 'invoice', equals: 'invoice' }] };
    expect(portsOf(catalogue, { type: 'switch', config })).toEqual(['invoice', 'otherwise', 'error']);
    expect(portsOf(catalogue, { type: 'http' })).toEqual(['next', 'error']);
  });
});

describe('values', () => {
  it('are read as JSON where they are lists or objects, and as text elsewhere', () => {
    expect(readValue('["a"]')).toEqual(['a']);
    expect(readValue('{{input.rows}}')).toBe('{{input.rows}}');
    expect(readValue('42')).toBe('42');
    expect(readValue('')).toBeUndefined();
    expect(readValue(writeValue({ a: [1] }))).toEqual({ a: [1] });
  });

  it('of numbers may be names where a tool takes them', () => {
    expect(readNumber('1,5')).toBe(1.5);
    expect(readNumber('many')).toBeUndefined();
    expect(readNumber('{{input.limit}}', true)).toBe('{{input.limit}}');
  });

  it('that are no JSON say why', () => {
    expect(parseJson('{').problem).toMatchObject({ line: 1, column: 2 });
    expect(parseJson(' ')).toEqual({ value: undefined, problem: null });
  });
});

describe('a field while somebody types', () => {
  const typing = (kind: 'number' | 'value' | 'text', texts: string[]) =>
    texts.map((text) => fieldText({ kind }, readField({ kind }, text), text));

  it('shows what was typed, also where it says the same as something shorter', () => {
    const number = ['0', '0,', '0,5', '1.', '1.0', '1.05', '{{input.limit}}'];
    expect(typing('number', number)).toEqual(number);
    const list = ['[', '[1', '[1,2]', '{"a":1}', '{"a":1 }'];
    expect(typing('value', list)).toEqual(list);
    expect(typing('text', ['', 'a '])).toEqual(['', 'a ']);
  });

  it('shows what is stored once that is something else', () => {
    expect(fieldText({ kind: 'number' }, 7, '1.')).toBe('7');
    expect(fieldText({ kind: 'text' }, 'undone', 'typed')).toBe('undone');
    expect(fieldText({ kind: 'text' }, undefined, null)).toBe('');
  });
});

describe('the input of a run', () => {
  it('has what was typed as the schema describes it, and nothing that was left empty', () => {
    const fields = schemaFields({
      properties: {
        name: { type: 'string' },
        count: { type: 'integer' },
        sure: { type: 'boolean' },
        rows: { type: 'array' },
        note: { type: 'string' },
      },
    });
    const typed = { name: 'Ada', count: '3', sure: 'false', rows: '[{"a":1}]', note: '' };
    expect(inputFromForm(fields, typed)).toEqual({ name: 'Ada', count: 3, sure: false, rows: [{ a: 1 }] });
  });
});

describe('a schema as a list of fields', () => {
  const schema = {
    type: 'object',
    required: ['a'],
    properties: {
      a: { type: 'string', title: 'A', maxLength: 5 },
      b: { type: 'array', items: { type: 'string' } },
    },
  };

  it('keeps what the list does not show', () => {
    expect(writeRows(readRows(schema))).toEqual(schema);
  });

  it('is not offered for what a list cannot say', () => {
    expect(isSimple(schema)).toBe(true);
    expect(isSimple(undefined)).toBe(true);
    expect(isSimple({ anyOf: [schema] })).toBe(false);
    expect(isSimple({ type: 'object', properties: { a: { type: ['string', 'null'] } } })).toBe(false);
  });
});
