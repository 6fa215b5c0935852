import { expect, test } from 'vitest';
import { failureOf } from '../errors.ts';
import { AddressNotAllowed, TooManyRedirects } from '../outbound-http/outbound-errors.ts';
import { fromOutboundProblem } from './model-errors.ts';

test('what the outbound door refused is told with its reason and values, and by the name of the provider', () => {
  const local = AddressNotAllowed.with({
    detail: 'The address 10.0.0.7 is in a private network.',
    reason: 'local',
    params: { address: '10.0.0.7' },
  });
  expect(failureOf(fromOutboundProblem(local, 'Home'))).toEqual({
    code: 'models.address_not_allowed',
    detail: 'The address 10.0.0.7 is in a private network.',
    reason: 'local',
    params: { provider: 'Home', address: '10.0.0.7' },
  });
  const target = { from: 'https://a.example', target: 'https://b.example' };
  const redirected = TooManyRedirects.with({ detail: 'a sends on to b.', reason: 'target', params: target });
  expect(failureOf(fromOutboundProblem(redirected, 'Home'))).toEqual({
    code: 'models.unreachable',
    detail: 'Home: a sends on to b.',
    reason: 'too_many_redirects',
    params: { provider: 'Home', ...target },
  });
});
