// The path prefix under which the server shows the UI, from the page's <base>: `` at the root, `/apm` behind a proxy.
//
// Both the router and the API client start from it, so that one rewritten line of index.html moves everything.

export function basePath(baseUri: string = document.baseURI): string {
  return new URL('.', baseUri).pathname.replace(/\/$/, '');
}

export function baseUrl(baseUri: string = document.baseURI): string {
  return new URL('.', baseUri).href.replace(/\/$/, '');
}
