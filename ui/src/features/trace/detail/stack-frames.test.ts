import { expect, test } from 'vitest';
import { parseStack } from './stack-frames';

const kinds = (stack: string) => parseStack(stack).map((part) => `${part.kind} ${part.frames}`);

test.each([
  [
    'Python',
    `Traceback (most recent call last):
  File "/usr/lib/python3.11/site-packages/ddtrace/tracer.py", line 10, in wrapper
    return await f()
  File "/app/thinker/thoughts.py", line 31, in think
    return thoughts[subject]
           ~~~~~~~~^^^^^^^^^
KeyError: 'foo_bar'`,
    ['text 1', 'library 1', 'app 1', 'text 1'],
  ],
  [
    'Java',
    `com.shop.Declined: card declined
	at com.shop.Acquirer.authorize(Acquirer.java:142)
	at java.lang.reflect.Method.invoke(Method.java:580)
	at org.springframework.web.Handler.invoke(Handler.java:255)
Caused by: com.shop.Other: HTTP 402
	at com.shop.Http.post(Http.java:58)
	... 23 more`,
    ['text 1', 'app 1', 'library 2', 'text 1', 'app 1', 'library 1'],
  ],
  [
    'Node.js',
    `TypeError: x is undefined
    at charge (/srv/app/pay.js:12:7)
    at Layer.handle (/srv/app/node_modules/express/lib/layer.js:95:5)
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)`,
    ['text 1', 'app 1', 'library 2'],
  ],
  [
    'Go',
    `goroutine 7 [running]:
runtime/debug.Stack()
	/usr/local/go/src/runtime/debug/stack.go:24 +0x5e
main.charge(0xc0000b2000)
	/src/cmd/pay/main.go:41 +0x1d`,
    ['text 1', 'library 1', 'app 1'],
  ],
  [
    'Ruby',
    `/app/models/cart.rb:12:in 'total'
/usr/local/bundle/gems/rack-3.0/lib/rack/head.rb:15:in 'call'`,
    ['app 1', 'library 1'],
  ],
  [
    '.NET',
    `System.InvalidOperationException: no
   at Shop.Cart.Total() in /src/Cart.cs:line 12
   at Microsoft.AspNetCore.Routing.EndpointMiddleware.Invoke(HttpContext c)`,
    ['text 1', 'app 1', 'library 1'],
  ],
  [
    'PHP',
    `#0 /app/src/Cart.php(12): Cart->total()
#1 /app/vendor/symfony/http-kernel/HttpKernel.php(163): handle()`,
    ['app 1', 'library 1'],
  ],
  ['no stack at all', 'something failed\nfor a reason', ['text 2']],
])('a stack of %s', (_language, stack, expected) => {
  expect(kinds(stack)).toEqual(expected);
});

test('no line is lost', () => {
  const stack = 'Error: a\n    at b (/x.js:1:2)\nweird\n\tat y.z(Z.java:3)';
  expect(
    parseStack(stack)
      .flatMap((part) => part.lines)
      .join('\n'),
  ).toBe(stack);
});
