import { expect, test } from 'vitest';
import { agentAddresses, snippetsFor } from './snippets';

test('addresses are those of the server, and the socket', () => {
  const addresses = agentAddresses({ urls: ['http://127.0.0.1:8126'], socket: '/data/apm.socket' }, 'apm.local');
  expect(addresses.map((address) => address.url)).toEqual(['http://127.0.0.1:8126', 'unix:///data/apm.socket']);
});

test('a server that listens everywhere is reached where this page is', () => {
  const agent = { urls: ['http://0.0.0.0:8126', 'http://[::]:8126'], socket: null };
  expect(agentAddresses(agent, 'apm.local').map((address) => address.url)).toEqual(['http://apm.local:8126']);
});

test('every snippet names the address', () => {
  for (const snippet of snippetsFor('http://10.0.0.7:8126')) expect(snippet.code).toContain('http://10.0.0.7:8126');
  for (const snippet of snippetsFor('unix:///data/apm.socket')) expect(snippet.code).toContain('/data/apm.socket');
});

test('curl talks to a socket by its path', () => {
  const curl = snippetsFor('unix:///data/apm.socket').find((snippet) => snippet.language === 'curl');
  expect(curl?.code).toContain('--unix-socket /data/apm.socket');
});
