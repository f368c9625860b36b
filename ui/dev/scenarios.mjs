// The traces that the mock server tells of: the requests of a small shop, and the cases that are hard to draw.

import { SpanBuilder } from './span-builder.mjs';

/** @typedef {SpanBuilder} Builder */
/** @typedef {import('./span-builder.mjs').MockTrace} MockTrace */

// In order of first sight: the colour slot of a service is its place here, from 1.
export const SERVICES = [
  'thinker-api',
  'thinker-microservice',
  'storefront',
  'checkout',
  'cart',
  'postgres',
  'redis',
  'payments',
  'inventory',
  'recommendations',
  'kafka',
  'shipping',
  'fraud-detection',
  'mailer',
];

const KEY_ERROR_STACK = `Traceback (most recent call last):
  File "/usr/local/lib/python3.11/site-packages/ddtrace/_trace/tracer.py", line 1012, in func_wrapper
    return await f(*args, **kwargs)
  File "/usr/local/lib/python3.11/site-packages/ddtrace/internal/wrapping/asyncs.py", line 88, in run
    result = await coroutine
  File "/app/thinker/thoughts.py", line 31, in think
    return thoughts[subject]
           ~~~~~~~~^^^^^^^^^
KeyError: 'foo_bar'`;

const DECLINED_STACK = `com.shop.payments.CardDeclinedException: card declined: insufficient funds
	at com.shop.payments.AcquirerClient.authorize(AcquirerClient.java:142)
	at com.shop.payments.PaymentService.charge(PaymentService.java:77)
	at jdk.internal.reflect.DirectMethodHandleAccessor.invoke(DirectMethodHandleAccessor.java:103)
	at java.lang.reflect.Method.invoke(Method.java:580)
	at org.springframework.web.method.support.InvocableHandlerMethod.doInvoke(InvocableHandlerMethod.java:255)
	at org.springframework.web.servlet.DispatcherServlet.doDispatch(DispatcherServlet.java:1088)
	at org.apache.catalina.core.ApplicationFilterChain.doFilter(ApplicationFilterChain.java:131)
	at java.lang.Thread.run(Thread.java:1583)
Caused by: com.shop.payments.acquirer.AcquirerException: HTTP 402 from acquirer
	at com.shop.payments.acquirer.HttpAcquirer.post(HttpAcquirer.java:58)
	... 23 more`;

/** @param {string} method @param {string} url @param {number} status @param {string} route */
function httpMeta(method, url, status, route) {
  return {
    'http.method': method,
    'http.url': url,
    'http.status_code': String(status),
    'http.route': route,
    'http.useragent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    'http.client_ip': '203.0.113.42',
    'span.kind': 'server',
  };
}

/** @param {string} type @param {string} message @param {string} stack */
function errorMeta(type, message, stack) {
  return { 'error.type': type, 'error.message': message, 'error.stack': stack };
}

const ROOT_METRICS = { '_dd.top_level': 1, '_dd.agent_psr': 1, _sampling_priority_v1: 1, '_dd.measured': 1 };

/** @param {SpanBuilder} b @param {string} statement @param {number} millis @param {number} rows */
function query(b, statement, millis, rows = 1) {
  b.span(
    'postgres',
    'postgres.query',
    statement,
    {
      type: 'sql',
      kind: 'client',
      meta: {
        'db.system': 'postgresql',
        'db.name': 'shop',
        'db.user': 'shop_rw',
        'out.host': 'pg-1.internal',
        '_dd.base_service': 'checkout',
      },
      metrics: { 'db.row_count': rows, 'network.destination.port': 5432 },
    },
    () => b.work(millis),
  );
}

/** @param {SpanBuilder} b @param {string} command */
function cache(b, command) {
  b.span(
    'redis',
    'redis.command',
    command.split(' ')[0],
    {
      type: 'redis',
      kind: 'client',
      meta: { 'db.system': 'redis', 'redis.raw_command': command, 'out.host': 'redis-0.internal' },
      metrics: { 'redis.args_length': command.split(' ').length, 'network.destination.port': 6379 },
    },
    () => b.work(0.3),
  );
}

// The walk-through: two subjects, the second unknown.
/** @param {SpanBuilder} b */
export function thinker(b) {
  b.span(
    'thinker-api',
    'flask.request',
    'GET /think/',
    {
      type: 'web',
      kind: 'server',
      meta: {
        ...httpMeta('GET', 'http://localhost:5000/think/?subject=technology&subject=foo_bar', 200, '/think/'),
        component: 'flask',
        'flask.version': '3.1.0',
        'flask.endpoint': 'think_handler',
        'http.useragent': 'curl/8.5.0',
        'http.client_ip': '127.0.0.1',
      },
      metrics: ROOT_METRICS,
    },
    () => {
      b.wait(2.41);
      b.span(
        'thinker-microservice',
        'aiohttp.request',
        'GET /',
        {
          type: 'web',
          kind: 'server',
          meta: {
            ...httpMeta('GET', 'http://thinker:8000/?subject=technology&subject=foo_bar', 200, '/'),
            component: 'aiohttp',
            'http.useragent': 'python-requests/2.32.3',
          },
          metrics: { '_dd.top_level': 1 },
        },
        (request) => {
          b.wait(200.62);
          b.span('thinker-microservice', 'think', 'think', { meta: { subject: 'technology' } }, () => b.wait(501.33));
          b.wait(200.18);
          b.span(
            'thinker-microservice',
            'think',
            'think',
            {
              failed: true,
              meta: { subject: 'foo_bar', ...errorMeta('KeyError', "'foo_bar'", KEY_ERROR_STACK) },
            },
            (span) => {
              b.wait(500.87);
              span.events.push({
                at: b.now,
                name: 'exception',
                attributes: { 'exception.type': 'KeyError', 'exception.message': "'foo_bar'" },
              });
            },
          );
          b.wait(0.74);
          request.metrics['http.response.content_length'] = 341;
        },
      );
      b.wait(1.96);
    },
  );
}

// A checkout with everything in it: parallel calls, a cache, a query per item, a declined card now and then.
/** @param {SpanBuilder} b @param {{ items?: number, rounds?: number, declined?: boolean }} options */
export function checkout(b, { items = b.random.between(6, 24), rounds = 1, declined = b.random.chance(0.25) } = {}) {
  const status = declined ? 402 : 200;
  b.span(
    'storefront',
    'express.request',
    'POST /api/v2/checkout/:cartId/complete',
    {
      type: 'web',
      kind: 'server',
      meta: {
        ...httpMeta(
          'POST',
          'https://shop.example.com/api/v2/checkout/8a41/complete',
          status,
          '/api/v2/checkout/:cartId/complete',
        ),
        language: 'javascript',
        component: 'express',
      },
      metrics: ROOT_METRICS,
    },
    () => {
      b.work(1);
      cache(b, 'GET session:91f0a2');
      for (let round = 0; round < rounds; round++) {
        b.parallel([
          () =>
            b.span(
              'cart',
              'grpc.server',
              '/shop.Cart/GetItems',
              { type: 'rpc', kind: 'server', meta: { 'rpc.system': 'grpc' } },
              () => {
                cache(b, `HGETALL cart:8a41:${round}`);
                for (let item = 0; item < items; item++) {
                  query(
                    b,
                    'SELECT p.id, p.name, p.price_cents FROM products p WHERE p.id = ? AND p.deleted_at IS NULL',
                    1.2,
                  );
                }
                b.work(0.8);
              },
            ),
          () =>
            b.span(
              'inventory',
              'fastapi.request',
              'GET /stock/{sku}',
              {
                type: 'web',
                kind: 'server',
                meta: httpMeta('GET', 'http://inventory:8080/stock/bulk', 200, '/stock/{sku}'),
              },
              () => {
                query(
                  b,
                  'SELECT s.sku, SUM(s.on_hand - s.reserved) AS free FROM stock s JOIN warehouses w ON w.id = s.warehouse_id WHERE s.sku = ANY(?) AND w.region = ? GROUP BY s.sku ORDER BY free DESC',
                  8,
                  items,
                );
              },
            ),
          () =>
            b.span(
              'recommendations',
              'fastapi.request',
              'GET /similar',
              {
                type: 'web',
                kind: 'server',
                meta: httpMeta('GET', 'http://recommendations/similar?cart=8a41', 200, '/similar'),
              },
              () => {
                b.span('recommendations', 'model.predict', 'similar-items-v7', {}, () => b.work(14));
              },
            ),
        ]);
      }
      b.span(
        'checkout',
        'spring.handler',
        'CheckoutController.complete',
        {
          type: 'web',
          kind: 'server',
          failed: declined,
          meta: { language: 'jvm', ...httpMeta('POST', 'http://checkout:8080/complete', status, '/complete') },
        },
        () => {
          b.work(2);
          b.span(
            'fraud-detection',
            'http.request',
            'POST /score',
            { type: 'http', kind: 'client', meta: httpMeta('POST', 'http://fraud/score', 200, '/score') },
            () => b.work(22),
          );
          b.span(
            'payments',
            'spring.handler',
            'PaymentController.charge',
            {
              type: 'web',
              kind: 'server',
              failed: declined,
              meta: {
                language: 'jvm',
                ...httpMeta('POST', 'http://payments:8080/charge', status, '/charge'),
                ...(declined
                  ? errorMeta(
                      'com.shop.payments.CardDeclinedException',
                      'card declined: insufficient funds',
                      DECLINED_STACK,
                    )
                  : {}),
              },
            },
            (span) => {
              query(b, 'INSERT INTO charges (id, cart_id, amount_cents, state) VALUES (?, ?, ?, ?)', 2);
              span.events.push({ at: b.now, name: 'acquirer.request', attributes: { acquirer: 'north', attempt: 1 } });
              b.work(48);
              span.events.push({ at: b.now, name: 'acquirer.answer', attributes: { status: declined ? 402 : 200 } });
              query(b, 'UPDATE charges SET state = ?, settled_at = now() WHERE id = ?', 2);
            },
          );
          if (!declined) {
            b.span(
              'kafka',
              'kafka.produce',
              'orders',
              {
                type: 'queue',
                kind: 'producer',
                meta: { 'messaging.system': 'kafka', 'messaging.destination.name': 'orders' },
                links: [
                  {
                    trace_id: '6921a4c70000000067e1f2a03b4c5d6e',
                    span_id: '67e1f2a03b4c5d6e',
                    attributes: { 'link.kind': 'span-pointer' },
                    tracestate: 'dd=s:1;t.dm:-1',
                  },
                ],
              },
              () => b.work(1),
            );
          }
        },
      );
      if (!declined) {
        b.span('shipping', 'worker.job', 'PlanShipment', { type: 'worker', kind: 'consumer' }, () => {
          b.work(6);
          b.span('mailer', 'smtp.send', 'order-confirmation', { kind: 'client' }, () => b.work(11));
        });
      }
      b.work(1);
    },
  );
}

/** @param {SpanBuilder} b */
export function productPage(b) {
  const id = b.random.between(1000, 9999);
  b.span(
    'storefront',
    'express.request',
    'GET /products/:id',
    {
      type: 'web',
      kind: 'server',
      meta: {
        ...httpMeta('GET', `https://shop.example.com/products/${id}`, 200, '/products/:id'),
        language: 'javascript',
        component: 'express',
      },
      metrics: ROOT_METRICS,
    },
    () => {
      b.work(0.5);
      cache(b, `GET product:${id}`);
      if (b.random.chance(0.4)) query(b, 'SELECT * FROM products WHERE id = ?', 2);
      b.work(1.5);
    },
  );
}

/** @param {SpanBuilder} b */
export function stockTimeout(b) {
  b.span(
    'inventory',
    'fastapi.request',
    'PUT /stock/{sku}/reservation',
    {
      type: 'web',
      kind: 'server',
      failed: true,
      meta: {
        ...httpMeta('PUT', 'http://inventory:8080/stock/SKU-9/reservation', 504, '/stock/{sku}/reservation'),
        ...errorMeta(
          'asyncpg.exceptions.QueryCanceledError',
          'canceling statement due to statement timeout',
          'Traceback (most recent call last):\n  File "/app/inventory/reserve.py", line 48, in reserve\n    row = await conn.fetchrow(LOCK_ROW, sku)\nasyncpg.exceptions.QueryCanceledError: canceling statement due to statement timeout',
        ),
      },
      metrics: ROOT_METRICS,
    },
    () => {
      b.work(1);
      b.span(
        'postgres',
        'postgres.query',
        'SELECT on_hand FROM stock WHERE sku = ? FOR UPDATE',
        {
          type: 'sql',
          kind: 'client',
          failed: true,
          meta: {
            'db.system': 'postgresql',
            'db.name': 'shop',
            ...errorMeta('QueryCanceledError', 'canceling statement due to statement timeout', ''),
          },
        },
        () => b.wait(5000),
      );
    },
  );
}

// A nightly import: `size` spans, eight levels, batches that run side by side.
/** @param {SpanBuilder} b @param {number} size */
export function nightlyImport(b, size) {
  b.span('inventory', 'cron.job', 'nightly-stock-import', { type: 'worker', metrics: ROOT_METRICS }, () => {
    while (b.spans.length < size) {
      b.parallel(
        Array.from({ length: 3 }, (_, lane) => () => {
          b.span('inventory', 'batch', `warehouse-${lane + 1}`, {}, () => {
            for (let row = b.random.between(4, 9); row > 0 && b.spans.length < size; row--) importRow(b);
          });
        }),
      );
      b.work(0.2);
    }
  });
}

/** @param {SpanBuilder} b */
function importRow(b) {
  const failed = b.random.chance(0.004);
  b.span(
    'inventory',
    'import.row',
    'stock line',
    failed ? { failed, meta: errorMeta('ValueError', 'quantity is negative', '') } : {},
    () => {
      cache(b, 'GET sku:map');
      for (let i = b.random.between(1, 7); i > 0; i--)
        query(b, 'SELECT id FROM stock WHERE sku = ? AND warehouse_id = ?', 0.8);
      b.span(
        'shipping',
        'http.request',
        'GET /carriers/{id}',
        { type: 'http', kind: 'client', meta: httpMeta('GET', 'http://shipping/carriers/4', 200, '/carriers/{id}') },
        () => {
          b.span('shipping', 'fastapi.request', 'GET /carriers/{id}', { type: 'web', kind: 'server' }, () => {
            b.work(0.5);
            if (b.random.chance(0.3)) b.span('shipping', 'render', 'carrier.json', {}, () => b.work(0.2));
          });
        },
      );
      query(b, 'UPDATE stock SET on_hand = ? WHERE id = ?', 1);
    },
  );
}

// What goes wrong on the way: a parent that never came, two roots, clocks that disagree, an id used twice, a span still open.
/** @param {SpanBuilder} b */
export function broken(b) {
  checkout(b, { items: 7, declined: false });
  const lost = b.spans.find((span) => span.service === 'checkout');
  if (lost) b.spans.splice(b.spans.indexOf(lost), 1);
  const skewed = b.spans.find((span) => span.service === 'inventory');
  if (skewed) skewed.start -= 30e6;
  const twin = b.spans.find((span) => span.service === 'shipping');
  const mailer = b.spans.find((span) => span.service === 'mailer');
  if (twin && mailer) mailer.id = twin.id;
  b.span(
    'shipping',
    'worker.job',
    'TrackParcel',
    { type: 'worker', unfinished: true, metrics: { '_dd.partial_version': 3 } },
    () => b.work(180),
  );
}

// A recursion without end, and names that nobody thought would be shown.
/** @param {SpanBuilder} b */
export function deep(b) {
  const long = 'resolve.field.'.repeat(12);
  /** @param {number} levels */
  function descend(levels) {
    b.span(
      'graphql-gateway-for-internal-and-partner-traffic',
      'graphql.resolve',
      `${long}${levels}`,
      { type: 'web' },
      () => {
        b.work(0.4);
        if (levels > 0) descend(levels - 1);
      },
    );
  }
  descend(120);
}

// Two recursions of 500 levels side by side.
/** @param {SpanBuilder} b */
export function recursion(b) {
  /** @param {string} service @param {number} levels */
  function descend(service, levels) {
    b.span(service, 'resolve', `field ${levels}`, {}, () => {
      b.work(0.05);
      if (levels > 1) descend(service, levels - 1);
    });
  }
  b.span('storefront', 'graphql.request', 'POST /graphql', { type: 'web', metrics: ROOT_METRICS }, () => {
    b.parallel([() => descend('storefront', 500), () => descend('inventory', 500)]);
  });
}

// What nobody should send: markup, characters that reorder text, very long names, no names, no durations, an id many times
// over, more services than there are colours.
/** @param {SpanBuilder} b */
export function hostile(b) {
  const markup = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
  const reordered = 'invoice\u202egnp.exe \u2066\u0000\u001b[31m';
  b.span(
    'storefront',
    markup,
    reordered,
    { type: 'web', metrics: ROOT_METRICS, meta: { 'tag.markup': markup } },
    () => {
      b.span('', '', '', {}, () => b.wait(3));
      b.span('checkout', 'long', 'x'.repeat(25_000), { meta: { long: 'y'.repeat(25_000) } }, () => b.wait(3));
      b.span('cart', 'wide', '漢字かな交じり文'.repeat(40), {}, () => b.wait(3));
      const failed = errorMeta(markup, `${reordered}${'z'.repeat(25_000)}`, '');
      b.span('payments', 'fails', markup, { failed: true, meta: failed }, () => b.wait(3));
      for (let i = 0; i < 20; i++) b.span(`service-${i} ${reordered}`, 'call', `GET /${i}`, {}, () => b.wait(1));
      const marks = Array.from({ length: 6 }, (_, i) => b.span('redis', 'mark', `mark ${i}`));
      for (const mark of marks) mark.duration = 0;
      for (const mark of marks.slice(2)) mark.id = marks[0].id;
      b.span('kafka', 'after', 'consume', {}, () => b.wait(40));
    },
  );
}

/**
 * Adds one more span for every two seconds since `startNs`, for as long as a minute.
 * @param {SpanBuilder} b
 * @param {number} seconds
 */
export function arriving(b, seconds) {
  b.span(
    'shipping',
    'worker.job',
    'RouteParcels',
    { type: 'worker', unfinished: seconds < 60, metrics: ROOT_METRICS },
    () => {
      for (let i = 0; i < Math.min(30, Math.floor(seconds / 2) + 2); i++) {
        b.span('shipping', 'route.parcel', `parcel ${i + 1}`, {}, () => {
          b.wait(1500);
          query(b, 'SELECT * FROM routes WHERE parcel_id = ?', 4);
        });
      }
    },
  );
}

/**
 * @param {string} traceId
 * @param {bigint} startNs
 * @param {number} seed
 * @param {(b: SpanBuilder) => void} scenario
 * @param {boolean} [stillArriving]
 * @returns {MockTrace}
 */
export function buildTrace(traceId, startNs, seed, scenario, stillArriving = false) {
  const builder = new SpanBuilder(seed);
  scenario(builder);
  return { traceId, startNs, arriving: stillArriving, spans: builder.spans };
}
